"""`faasta doctor` finds what would keep a person from building and deploying, and says how to mend it."""
import pytest


@pytest.fixture
def project(cli):
    folder = cli.home / "project"
    folder.mkdir()
    (folder / "faasta.toml").write_text('name = "hello"\n[build]\nlanguage = "js"\n')
    return folder


def findings(ran, about):
    return {one["says"]: one for one in ran.json()["findings"] if one["about"] == about}


def levels(ran):
    return [one["level"] for one in ran.json()["findings"]]


def test_all_is_well(cli, server):
    cli.server = server
    cli.run("login", "--with-token", stdin=server.token).ok()
    ran = cli.run("doctor", "--json").ok()
    assert ran.json()["ok"] and "fault" not in levels(ran)
    said = findings(ran, "server")
    assert any("answers; its version is" in one for one in said) and any("signed in as" in one for one in said)
    assert "the clock agrees with the server's" in findings(ran, "machine")
    shown = cli.run("doctor").ok()
    assert all(line.split()[1] in ("ok", "warning") for line in shown.out.splitlines()), shown


def test_no_token(cli, server):
    cli.server = server
    ran = cli.run("doctor", "--json")
    assert ran.exit == 1 and findings(ran, "server")["you are not signed in"]["fix"] == "faasta login"


def test_a_token_that_is_not_valid(cli, server):
    cli.server = server
    ran = cli.run("doctor", "--json", env={"FAASTA_TOKEN": "faa_" + "x" * 50})
    assert ran.exit == 1 and any(one.startswith("F02") for one in findings(ran, "server")), ran


def test_no_server(cli):
    ran = cli.run("doctor", "--json", "--server", "http://127.0.0.1:1")
    assert ran.exit == 1 and any(one.startswith("F0708") for one in findings(ran, "server")), ran


def test_a_wrong_project(cli, server, project):
    (project / "faasta.toml").write_text('name = "hello"\nnmae = 1\n')
    cli.server = server
    ran = cli.run("doctor", "--json", cwd=project)
    (fault,) = findings(ran, "project").values()
    assert ran.exit == 1 and fault["level"] == "fault" and "faasta.toml:2" in fault["says"], fault


def test_a_tool_that_is_missing(cli, server, project):
    cli.server = server
    ran = cli.run("doctor", "--json", cwd=project, env={"PATH": "/nowhere", "FAASTA_GUEST_TOOLS": "/nowhere"})
    fault = findings(ran, "project")["componentize-js is not installed"]
    assert ran.exit == 1 and fault["fix"].startswith("npm install "), fault


def test_functions_without_dns(cli):
    """The name of a server that is not on this machine: its functions have no address."""
    ran = cli.run("doctor", "--json", "--server", "https://api.faasta-doctor.invalid")
    assert ran.exit == 1 and any(one["level"] == "fault" for one in findings(ran, "server").values()), ran


def test_sources_that_are_missing(cli, server, project):
    cli.server = server
    said = findings(cli.run("doctor", "--json", cwd=project), "project")
    assert said["src/index.js is not here"]["level"] == "fault" and "wit is not here" in said, said


# ---- --fix ----

def program(folder, name, text):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n" + text)
    (folder / name).chmod(0o755)


def rust_without_target(cli, project, rustup):
    """A Rust project on a machine whose rustc has no standard library for the target, and a `rustup` of the test."""
    (project / "faasta.toml").write_text('name = "hello"\n[build]\nlanguage = "rust"\n')
    (project / "Cargo.toml").write_text("")
    tools, library = cli.home / "tools", cli.home / "library"
    library.mkdir()
    program(tools, "cargo", "echo cargo 1.90.0\n")
    program(tools, "rustc", f"echo {library}\n")
    if rustup:
        program(tools, "rustup", f'echo "rustup $*" >> {cli.home}/asked\n{rustup}\n'.replace("LIBRARY", str(library)))
    (tools / "env").symlink_to("/usr/bin/env")
    return {"PATH": str(tools), "CARGO_UNSTABLE_BUILD_STD": "", "RUSTC": ""}


def test_fix_adds_the_rust_target(cli, server, project):
    cli.server = server
    cli.run("login", "--with-token", stdin=server.token).ok()
    env = rust_without_target(cli, project, ": > LIBRARY/libstd-1.rlib")
    ran = cli.run("doctor", "--json", cwd=project, env=env)
    assert ran.exit == 1 and "Rust has no standard library for wasm32-wasip2" in findings(ran, "project")
    assert "fixes" not in ran.json() and not (cli.home / "asked").exists(), "nothing is changed without --fix"
    shown = cli.run("doctor", "--fix", cwd=project, env=env).ok()
    assert shown.out.splitlines()[0].split() == ["fix", "done", "rustup", "target", "add", "wasm32-wasip2"], shown
    assert (cli.home / "asked").read_text() == "rustup target add wasm32-wasip2\n"
    again = cli.run("doctor", "--fix", "--json", cwd=project, env=env).ok()
    assert again.json()["fixes"] == [], "there is nothing more to do"


def test_a_fix_that_fails_is_told_and_stays_a_fault(cli, server, project):
    cli.server = server
    env = rust_without_target(cli, project, "echo no network >&2; exit 3")
    ran = cli.run("doctor", "--fix", "--json", cwd=project, env=env)
    (fix,) = ran.json()["fixes"]
    assert ran.exit == 1 and not fix["done"] and "exit code 3" in fix["failure"] and "no network" in ran.err, ran
    assert findings(ran, "project")["Rust has no standard library for wasm32-wasip2"]["fix"] == "rustup target add wasm32-wasip2"


def test_without_rustup_a_person_must_do_it(cli, server, project):
    cli.server = server
    ran = cli.run("doctor", "--fix", "--json", cwd=project, env=rust_without_target(cli, project, ""))
    assert ran.exit == 1 and ran.json()["fixes"] == [] and "Rust has no standard library for wasm32-wasip2" in findings(ran, "project")


def test_fix_brings_the_interfaces_of_the_template_and_no_sources(cli, server, project):
    cli.server = server
    ran = cli.run("doctor", "--fix", "--json", cwd=project)
    assert [fix for fix in ran.json()["fixes"] if fix["does"].startswith("wit")] == [{"does": "wit from the template for JavaScript", "done": True}]
    assert list((project / "wit").rglob("*.wit")) and not (project / "src").exists()
    said = findings(ran, "project")
    assert "wit is not here" not in said and "src/index.js is not here" in said
