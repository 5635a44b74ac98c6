"""The CLI never guesses which file a build made. The tests build with cargo."""
import os

import pytest

from support.cli import rust_build_environment, shared_target


def write(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def program(name, extra=""):
    """A program without dependencies. It becomes a component without the handler."""
    return {f"{name}/Cargo.toml": f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n{extra}', f"{name}/src/main.rs": f'fn main() {{ println!("I am {name}"); }}\n'}


@pytest.fixture
def workspace(cli):
    folder = cli.home / "workspace"
    write(folder, {"Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["*"]\nexclude = ["target"]\n', "faasta.toml": 'name = "hello-fn"\n', **program("zebra"), **program("hello-fn"), **program("admin")})
    cli.folder, cli.build_env = folder, rust_build_environment() | {"CARGO_TARGET_DIR": str(shared_target()), "FAASTA_VERBOSE": "1"}
    return cli


def test_of_a_virtual_workspace_the_one_called_like_the_function(workspace):
    for touched in ("hello-fn", "zebra", "admin"):
        os.utime(workspace.folder / touched / "src" / "main.rs")
        done = workspace.run("build", cwd=workspace.folder, env=workspace.build_env, seconds=900)
        assert "the component is" in done.err and "release/hello-fn.wasm" in done.err, done
    done = workspace.run("build", cwd=workspace.folder / "zebra" / "src", env=workspace.build_env, seconds=900)
    assert "release/hello-fn.wasm" in done.err, done


def test_several_files_and_none_called_like_the_function(workspace):
    (workspace.folder / "faasta.toml").write_text('name = "another"\n')
    done = workspace.run("build", cwd=workspace.folder, env=workspace.build_env, seconds=900).fails(5, "F0706")
    assert all(f"release/{name}.wasm" in done.err for name in ("zebra", "hello-fn", "admin")), done
    (workspace.folder / "faasta.toml").write_text('name = "another"\n[build]\ncommand = "cargo build --release --target wasm32-wasip2 -p zebra --message-format short"\n')
    done = workspace.run("build", cwd=workspace.folder, env=workspace.build_env, seconds=900)
    assert "release/zebra.wasm" in done.err, done


def test_an_artifact_of_an_earlier_build_is_not_taken(workspace):
    old = workspace.folder / "target" / "old.wasm"
    write(workspace.folder, {"target/old.wasm": "old", "faasta.toml": 'name = "hello-fn"\n[build]\ncommand = "cargo build --release --target wasm32-wasip2 -p hello-fn"\nartifact = "target/old.wasm"\n'})
    done = workspace.run("build", cwd=workspace.folder, env=workspace.build_env, seconds=900).fails(5, "F0706", "tests-target/wasm32-wasip2/release/hello-fn.wasm")
    assert "older file: target/old.wasm" in done.err and old.read_text() == "old", done


@pytest.mark.parametrize("members, stands_alone", [('["one"]', True), ('["*"]', False)], ids=["not listed", "listed by a pattern"])
def test_new_below_a_workspace(cli, members, stands_alone):
    folder = cli.home / "ws"
    write(folder, {"Cargo.toml": f'[workspace]\nresolver = "2"\nmembers = {members}\n', **program("one")})
    done = cli.run("new", "fresh-one", cwd=folder, env=rust_build_environment()).ok()
    assert "next: cd fresh-one && faasta deploy" in done.err, done
    assert ("\n[workspace]\n" in (folder / "fresh-one" / "Cargo.toml").read_text()) == stands_alone
    import subprocess
    subprocess.run(["cargo", "metadata", "--no-deps", "--format-version", "1", "--offline"], cwd=folder / "fresh-one", env=cli.environment(rust_build_environment()), check=True, capture_output=True)
    assert "cd ws/other-one &&" in cli.run("-C", "ws", "new", "other-one").ok().err
