"""Use of the command line: help, wrong arguments, names, variables."""
import json
import re

import pytest

from support.golden import golden
from support.guests import guest_file, version_guest, version_mark
from support.http1 import Connection, request
from support.server import free_port
from support.waiting import eventually

# Each command line, and the file in tests/golden/usage with the expected error and fix.
WRONG = {
    "no-such-command": ["frobnicate"], "near-command": ["deplyo"], "near-command-with-words": ["nwe", "hello"], "two-commands": ["-y", "list", "delete", "version"], "command-after-command": ["whoami", "logout"],
    "unknown-global-option": ["--nonsense", "list"], "near-option": ["deploy", "--no-verfy"], "unknown-option": ["logs", "--frobnicate"], "option-of-another": ["list", "--component", "x"],
    "color": ["--color", "mauve", "list"], "timeout-zero": ["--timeout", "0", "list"], "timeout-word": ["list", "--timeout", "soon"], "directory-missing": ["-C", "nothere", "list"],
    "server-scheme": ["--server", "ftp://example.com", "list"], "server-path": ["--server", "https://example.com/v1", "list"], "server-user": ["--server", "https://me:x@example.com", "list"],
    "server-address": ["--server", "http://192.0.2.7:8080", "list"], "server-word": ["--server", "http://", "list"],
    "new-without-name": ["new"], "new-two-names": ["new", "one-name", "two-name"], "new-language": ["new", "hello", "--lang", "cobol"], "new-short": ["new", "x"], "new-capital": ["new", "Hello"],
    "build-argument": ["build", "hello"], "run-port": ["run", "--port", "99999"], "run-port-word": ["run", "--port", "http"], "deploy-argument": ["deploy", "hello"], "deploy-name": ["deploy", "--name", "Bad_Name", "--component", "x"],
    "deploy-no-project": ["deploy"], "deploy-empty-option": ["deploy", "--message"], "status-name": ["status", "Bad_Name"], "status-two": ["status", "one-name", "two-name"],
    "status-no-project": ["status"], "rollback-zero": ["rollback", "hello", "0"], "rollback-word": ["rollback", "hello", "latest"], "rollback-only-zero": ["rollback", "0"],
    "delete-two": ["delete", "one-name", "two-name"], "delete-unasked": ["delete", "hello"], "invoke-no-project": ["invoke", "/greet"], "invoke-two-paths": ["invoke", "/greet", "/again"],
    "invoke-header": ["invoke", "hello", "-H", "nocolon"], "invoke-method": ["invoke", "hello", "-X", "GE T"], "invoke-blank": ["invoke", "hello", "/a b"],
    "logs-since": ["logs", "hello", "--since", "yesterday"], "logs-tail": ["logs", "hello", "-n", "0"], "token-alone": ["token"], "token-near": ["token", "creat"], "token-no-scope": ["token", "create"],
    "token-ttl": ["token", "create", "--scope", "read", "--ttl", "soon"], "token-revoke-word": ["token", "revoke", "mine"], "token-two": ["token", "list", "revoke"],
    "inspect-nothing": ["inspect"], "explain-unknown": ["explain", "F9999"], "completion-shell": ["completion", "tcsh"], "help-unknown": ["help", "frobnicate"], "help-nested-unknown": ["help", "token", "frobnicate"],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_names_the_place_and_the_fix(cli, name):
    folder = cli.home / "work"
    folder.mkdir()
    cli.server = f"http://localhost:{free_port()}"
    done = cli.run(*WRONG[name], cwd=folder, env={"FAASTA_TOKEN": "x"})
    assert done.exit != 0 and done.out == "" and list(folder.iterdir()) == [], done
    golden(f"usage/{name}", done, FOLDER=folder)


@pytest.mark.parametrize("variable, value", [("FAASTA_COLOR", "mauve"), ("FAASTA_TIMEOUT", "soon")])
def test_a_wrong_variable_is_named(cli, variable, value):
    cli.run("list", env={variable: value}).fails(2, "F0701", variable)


def commands(cli):
    """All commands that the program's help lists, including those below `token`."""
    def below(*words):
        text = cli.run(*words, "--help").ok().out
        names = re.findall(r"^  ([a-z]\S*) ", text.partition("Subcommands:")[2], re.MULTILINE)
        for name in names:
            name = name.split(",")[0]
            yield (*words, name)
            yield from below(*words, name)
    return list(below())


def test_help_of_every_command_is_its_own_help_and_runs_nothing(cli):
    table = commands(cli)
    assert len(table) >= 25 and ("token", "create") in table and ("help",) in table, table
    cli.server = "http://localhost:1"      # no server listens there
    for words in table:
        before = sorted(cli.home.rglob("*"))
        shown = cli.run("help", *words).ok()
        assert shown.out == cli.run(*words, "--help").ok().out and shown.out, words
        assert f"faasta {' '.join(words)}" in shown.out and shown.err == "", shown
        assert sorted(cli.home.rglob("*")) == before, words
    assert cli.run("help").ok().out == cli.run("--help").ok().out
    assert json.loads(cli.run("help", "logs", "--json").ok().out)["command"] == "logs"


def test_the_manual_page_has_each_command_and_option(cli):
    """The page is made of the program's own table; `man` shows the same words as `help`."""
    page = cli.run("__manual").ok().out
    plain = re.sub(r"\\f[BIR]", "", page).replace("\\-", "-").replace("\\e", "\\").replace("\\&", "")
    for words in commands(cli):
        shown = cli.run("help", *words).ok().out
        if "Subcommands:" in shown:
            continue
        section = re.search(rf"^\.SS {' '.join(words)}\n(.*?)(?=^\.S[SH] )", plain, re.MULTILINE | re.DOTALL)
        assert section, words
        assert f"faasta {' '.join(words)}" in section[1] and shown.splitlines()[0] in section[1], section[1]
        options = re.findall(r"^  (?:-\w,)?(--[\w-]+)", shown.partition("Options:")[2], re.MULTILINE)
        assert all(option == "--help" or option in section[1] for option in options), (words, options)
    for option in re.findall(r"(?:-\w,)?(--[\w-]+)[^\n]*\(Env:(\w+)\)", cli.run("--help").ok().out):
        assert all(word in plain for word in option), option
    assert "__complete" not in page and not re.search(r"^\.(?!TH|SH|SS|TP|PP|br)", page, re.MULTILINE)


# ---- functions that are called like commands; names from the project ----

@pytest.mark.parametrize("name", ["version", "logs", "delete", "list", "help"])
def test_functions_called_like_commands(signed_in, server, tmp_path, name):
    file = tmp_path / "any.wasm"
    file.write_bytes(version_guest(3))
    signed_in.run("deploy", "--component", file, "--name", name).ok()
    for command in ("versions", "metrics"):
        signed_in.run(command, name, "--json").ok()
    signed_in.run("rollback", name).fails(10, "F0206", f"faasta versions {name}")
    assert signed_in.run("status", name, "--json").ok().json()["name"] == name
    signed_in.run("logs", name).ok()
    assert signed_in.run("invoke", name).ok().out.encode() == version_mark(3)
    signed_in.run("-y", "delete", name).ok()
    signed_in.run("status", name).fails(4, "F0204")


@pytest.fixture
def project(signed_in):
    folder = signed_in.home / "project"
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "function.wasm").write_bytes(version_guest(1))
    (folder / "faasta.toml").write_text('name = "from-file"\n[build]\ncommand = "true"\nartifact = "function.wasm"\n')
    signed_in.project = folder
    return signed_in


def test_a_project_is_found_in_the_folders_above(project, server):
    cli, deep = project, project.project / "src" / "deep"
    done = cli.run("deploy", cwd=deep).ok()
    assert "../../faasta.toml" in done.err, done
    (cli.project / "function.wasm").write_bytes(version_guest(2))
    cli.run("deploy", cwd=deep).ok()
    assert cli.run("build", cwd=deep).ok().out.strip() == "../../function.wasm"
    assert cli.run("-C", deep, "status", "--json").ok().json()["version"] == 2
    for command in (["status"], ["versions"], ["metrics"], ["logs"]):
        cli.run(*command, cwd=deep).ok()
    assert cli.run("invoke", cwd=deep).ok().out.encode() == version_mark(2)
    assert cli.run("invoke", "/any?a=1", cwd=deep).ok().out.encode() == version_mark(2)
    cli.run("rollback", cwd=deep).ok()
    assert server.call("from-file").body == version_mark(1)
    cli.run("rollback", "2", cwd=deep).ok()
    assert server.call("from-file").body == version_mark(2)
    cli.run("delete", "--no-input", cwd=deep).fails(2, "F0712", "from-file")
    cli.run("delete", "-y", cwd=deep).ok()
    cli.run("status", cwd=deep).fails(4, "F0204")
    (cli.project / "faasta.toml").write_text('name = "from-file"\nnmae = "x"\n')
    cli.run("status", cwd=deep).fails(1, "F0703", "../../faasta.toml:2:1")


def test_variables_are_for_the_global_options_only(project, server):
    cli = project
    cli.run("deploy", cwd=cli.project, env={"FAASTA_NAME": "other", "FAASTA_COMPONENT": "nothere", "FAASTA_NO_VERIFY": "1"}).ok()
    assert cli.run("status", "other").exit == 4
    cli.run("deploy", "--component", guest_file("echo"), "--name", "echo-env").ok()
    seen = cli.run("invoke", "echo-env", "/headers", env={"FAASTA_DATA": "/var/lib/x", "FAASTA_METHOD": "PUT"}).ok()
    assert json.loads(seen.out)["method"] == "GET", seen
    cli.run("list", env={"FAASTA_TOKEN": server.token + "\r\n"}).ok()


def test_invoke_of_no_function_is_not_found(signed_in, server):
    done = signed_in.run("invoke", "nothing-here").fails(4, "F0501", "fix:")
    assert done.out == ""
    signed_in.run("deploy", "--component", guest_file("echo"), "--name", "echo-found").ok()
    signed_in.run("invoke", "echo-found", "/status/404").ok()


# ---- the server's address ----

def test_the_server_by_its_address(signed_in, server):
    port = server.address[1]
    for address in ("127.0.0.1", "localhost", "api.localhost"):
        signed_in.run("--server", f"http://{address}:{port}", "list").ok()
    signed_in.run("--server", f"http://api.example.localhost:{port}", "list", "--token", "x").fails(9, "F0709", "answered 404")


def test_run_answers_at_every_host_and_says_that_its_port_is_taken(cli, tmp_path):
    file = tmp_path / "any.wasm"
    file.write_bytes(version_guest(7))
    port = free_port()
    running = cli.start("run", "--component", file, "--port", str(port), "--json")
    try:
        json.loads(running.stdout.readline())
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"function.localhost:{port}", "anything.example"):
            with Connection(("127.0.0.1", port)) as connection:
                assert connection.exchange(request("GET", "/", host)).body == version_mark(7), host
        second = cli.run("run", "--component", file, "--port", port).fails(1, "F0803", f"port {port}", "--port")
        assert second.err.count("error[") == 1 and "{" not in second.err, second
    finally:
        running.terminate()
        running.communicate(timeout=40)
