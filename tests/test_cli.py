"""The CLI from end to end, as a person or a script uses it."""
import http.server
import json
import os
import pty
import shutil
import signal
import stat
import subprocess
import threading
import time

import pytest

from support.cli import rust_build_environment, shared_target
from support.guests import guest_file, version_guest, version_mark
from support.server import BINARIES, free_port
from support.waiting import eventually, patient


@pytest.fixture
def project(signed_in):
    """A folder that already has a component, so that nothing is built."""
    folder = signed_in.home / "ready"
    folder.mkdir()
    (folder / "function.wasm").write_bytes(version_guest(1))
    (folder / "faasta.toml").write_text('name = "ready"\n[build]\ncommand = "true"\nartifact = "function.wasm"\n')
    signed_in.project = folder
    return signed_in


# ---- from `new` to `delete` ----

@pytest.mark.parametrize("through_cargo", [False, True], ids=["faasta", "cargo faasta"])
def test_new_build_deploy_invoke_logs_rollback_delete(signed_in, server, through_cargo):
    cli, name = signed_in, "way-cargo" if through_cargo else "way-plain"
    env = rust_build_environment() | {"CARGO_TARGET_DIR": str(shared_target())}
    if through_cargo:
        cli.program = BINARIES / "cargo-faasta"
        assert cli.program.exists()
    first = ["faasta"] if through_cargo else []
    folder = cli.home / name
    cli.run(*first, "new", name).ok()
    for file in ("faasta.toml", "Cargo.toml", "src/main.rs", ".gitignore"):
        assert (folder / file).exists(), file
    cli.run(*first, "new", name).fails(10, "F0704")
    built = cli.run(*first, "build", "--json", cwd=folder, env=env, seconds=900).ok()
    assert built.json()["size"] > 10_000, built
    done = cli.run(*first, "deploy", "--json", cwd=folder, env=env, seconds=900).ok().json()
    assert (done["name"], done["version"]) == (name, 1), done
    assert server.call(name).text == f"hello from {name}\n"
    assert cli.run(*first, "invoke", name).ok().out == f"hello from {name}\n"
    assert cli.run(*first, "invoke", name, "/nothing", "-f").exit == 1
    again = cli.run(*first, "deploy", cwd=folder, env=env, seconds=900).ok()
    assert "no change" in again.out + again.err, again
    eventually(lambda: "GET /" in cli.run(*first, "logs", name).ok().out, 10, "the calls in the logs")
    source = folder / "src" / "main.rs"
    source.write_text(source.read_text().replace(f" from {name}", f" FROM {name}"))
    done = cli.run(*first, "deploy", cwd=folder, env=env, seconds=900).ok()
    assert f"rollback {name}" in done.err and done.out.strip().startswith("http"), done
    assert server.call(name).text == f"hello FROM {name}\n"
    assert len(cli.run(*first, "versions", name, "--json").ok().json()["versions"]) == 2
    cli.run(*first, "rollback", name).ok()
    assert server.call(name).text == f"hello from {name}\n"
    cli.run(*first, "rollback", name, "2").ok()
    assert server.call(name).text == f"hello FROM {name}\n"
    assert name in cli.run(*first, "list").ok().out
    cli.run(*first, "delete", name, "--no-input").fails(2, "F0712")
    cli.run(*first, "delete", name, "-y").ok()
    cli.run(*first, "status", name).fails(4, "F0204")
    assert server.call(name).status == 404


# ---- deploy and the commands after it, with a ready component ----

def test_deploy_of_a_component_file(signed_in, server, tmp_path):
    file = tmp_path / "any.wasm"
    file.write_bytes(version_guest(5))
    done = signed_in.run("deploy", "--component", file, "--name", "from-file", "-m", "why").ok()
    assert "from-file.localhost" in done.out
    assert server.call("from-file").body == version_mark(5)
    assert signed_in.run("versions", "from-file", "--json").json()["versions"][0]["message"] == "why"


def test_settings_of_the_project_file_reach_the_server(project, server):
    (project.project / "faasta.toml").write_text(
        'name = "settled"\n[build]\ncommand = "true"\nartifact = "function.wasm"\n[limits]\ncpu_ms = 11\ntimeout_ms = 2222\nmemory_mb = 33\n'
        '[allow]\noutbound = ["https://api.example.com"]\n')
    project.run("deploy", cwd=project.project).ok()
    shown = project.run("status", "settled", "--json").ok().json()
    assert shown["limits"] == {"cpu_ms": 11, "timeout_ms": 2222, "memory_mb": 33} and shown["outbound"] == ["https://api.example.com"], shown


@pytest.mark.parametrize("text, needles", [
    ('nmae = "x"\n', ["nmae", "name"]), ('name = "abc"\n[limits]\ncpu = 3\n', ["cpu", "cpu_ms", "3"]), ('name = "abc"\n[limts]\ncpu_ms = 3\n', ["limts", "limits"]),
    ('name = 3\n', ["name", "1"]), ('name = "abc"\n[limits]\ncpu_ms = "3"\n', ["cpu_ms", "3"]), ('name = "abc"\n[limits]\ncpu_ms = -3\n', ["cpu_ms"]),
    ('name = "abc"\n[allow]\noutbound = "https://a"\n', ["outbound"]), ('name = "abc"\n[allow]\noutbound = [3]\n', ["outbound"]), ('name = "abc\n', ["1"]), ("name\n", ["1"]),
    ("", ["name"]), ('name = "Not-A-Name"\n', ["Not-A-Name"]), ('name = "abc"\nname = "abd"\n', ["2"]), ('name = "abc"\n[build]\ncommand = []\n', ["command"])])
def test_project_file_errors(project, text, needles):
    (project.project / "faasta.toml").write_text(text)
    done = project.run("deploy", cwd=project.project)
    assert done.exit in (1, 2) and "faasta.toml" in done.err and "error[F" in done.err, done
    for needle in needles:
        assert needle in done.err, (needle, done)


def test_no_project(signed_in):
    empty = signed_in.home / "empty"
    empty.mkdir()
    for verb in ("deploy", "build"):
        signed_in.run(verb, cwd=empty).fails(1, "F0702", "fix:")
    signed_in.run("-C", empty, "deploy").fails(1, "F0702")
    signed_in.run("-C", empty / "nothere", "deploy").fails(1, "nothere")


@pytest.mark.parametrize("build, code, exit_code", [
    ('command = "false"\nartifact = "function.wasm"', "F0705", 5), ('command = "no-such-program-here"\nartifact = "function.wasm"', "F0705", 5),
    ('command = "true"\nartifact = "nothere.wasm"', "F0706", 5), ('command = "echo no >&2; exit 3"\nartifact = "function.wasm"', "F0705", 5)])
def test_builds_that_fail(project, server, build, code, exit_code):
    (project.project / "faasta.toml").write_text(f'name = "not-built"\n[build]\n{build}\n')
    project.run("deploy", cwd=project.project).fails(exit_code, code)
    assert server.call("not-built").status == 404


@pytest.mark.parametrize("guest, exit_code, code", [
    ("core-module", 6, "F0404"), ("p1-command", 6, "F0405"), ("command", 6, "F0410"), ("no-handler", 6, "F0411"), ("unknown-version", 6, "F0412"), ("release-candidate", 6, "F0412"), ("wasi-p3", 6, "F0426"), ("wrong-type", 6, "F0413"),
    ("unknown-import", 7, "F0414"), ("import-type", 7, "F0414"), ("memory-min-huge", 7, "F0417"), ("table-huge", 7, "F0418"), ("start-trap", 6, "F0422"), ("start-loop", 6, "F0423"), ("spin", 8, "F0425")])
def test_components_that_are_refused(signed_in, guest, exit_code, code):
    signed_in.run("deploy", "--component", guest_file(guest), "--name", "refused").fails(exit_code, code, "fix:")


# ---- other commands ----

def test_every_answer_as_json(project, server):
    cli = project
    cli.run("deploy", "--json", cwd=cli.project).ok().json()
    for command in (["list"], ["status", "ready"], ["versions", "ready"], ["metrics", "ready"], ["whoami"], ["version"], ["inspect", cli.project / "function.wasm"],
                    ["invoke", "ready"], ["explain", "F0404"]):
        done = cli.run(*command, "--json").ok()
        assert isinstance(done.json(), dict) and done.out.count("\n") == 1, done
    for command in (["status", "nothere"], ["rollback", "ready", "9"], ["explain", "F9999"], ["frobnicate"], ["deploy", "--nonsense"]):
        done = cli.run(*command, "--json")
        assert done.exit != 0
        problem = json.loads((done.out or done.err).splitlines()[-1])
        problem = problem.get("error", problem)
        assert problem["code"].startswith("F") and problem["title"], done


@pytest.mark.parametrize("arguments, exit_code", [
    (["frobnicate"], 2), ([], 2), (["deploy", "--nonsense"], 2), (["status", "Bad_Name"], 2), (["new"], 2), (["new", "x"], 2), (["new", "abc", "--lang", "cobol"], 2),
    (["explain"], 0), (["explain", "F9999"], 4), (["invoke", "ready", "-H", "nocolon"], 2), (["rollback", "ready", "zero"], 2), (["logs", "ready", "--since", "yesterday"], 2),
    (["--color", "mauve", "list"], 2), (["help"], 0), (["--help"], 0), (["deploy", "--help"], 0), (["--version"], 0), (["version"], 0), (["completion", "bash"], 0),
    (["completion", "zsh"], 0), (["completion", "fish"], 0), (["completion", "tcsh"], 2), (["explain", "F0404"], 0), (["explain", "f0404"], 0)])
def test_exit_codes_offline(cli, arguments, exit_code):
    done = cli.run(*arguments)
    assert done.exit == exit_code and (exit_code == 0 or done.err), done


def test_a_wrong_word_gets_a_suggestion(cli):
    cli.run("depoly").fails(2, "deploy")


def test_explain_knows_every_code(cli):
    from support.guests import REPOSITORY
    import re
    codes = re.findall(r"^\| (F\d{4}) \|", (REPOSITORY / "docs" / "errors.md").read_text(), re.MULTILINE)
    assert len(codes) > 60
    for code in codes:
        assert code in cli.run("explain", code).ok().out


def test_not_signed_in(cli, server):
    cli.server = server
    for arguments in (["list"], ["status", "abc"], ["whoami"], ["delete", "abc", "-y"], ["rollback", "abc"], ["logs", "abc"]):
        cli.run(*arguments).fails(3, "F0203")
    cli.run("login", "--with-token", stdin="wrong").fails(3, "F0203")
    cli.run("list", env={"FAASTA_TOKEN": "wrong"}).fails(3, "F0203")
    cli.run("list", env={"FAASTA_TOKEN": server.token}).ok()
    cli.run("list", "--token", server.token).ok()


def test_login_keeps_the_token_to_its_owner(cli, server):
    cli.server = server
    old = os.umask(0)
    try:
        cli.run("login", "--with-token", stdin=server.token + "\n").ok()
    finally:
        os.umask(old)
    files = [path for path in cli.home.rglob("*") if path.is_file()]
    holding = [path for path in files if server.token in path.read_text(errors="replace")]
    assert len(holding) == 1 and stat.S_IMODE(holding[0].stat().st_mode) == 0o600, holding
    assert "owner" in cli.run("whoami").ok().out
    cli.run("logout").ok()
    assert not [path for path in cli.home.rglob("*") if path.is_file() and server.token in path.read_text(errors="replace")]
    cli.run("whoami").fails(3)


@pytest.mark.parametrize("arguments", [["list"], ["status", "abc"], ["invoke", "abc"], ["whoami"], ["rollback", "abc"]])
def test_a_stopped_server(cli, arguments):
    cli.server = f"http://localhost:{free_port()}"
    cli.run(*arguments, env={"FAASTA_TOKEN": "x"}).fails(9, "F0708", "fix:")


def test_something_else_answers_there(cli):
    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    cli.server = f"http://localhost:{other.server_address[1]}"
    cli.run("list", env={"FAASTA_TOKEN": "x"}).fails(9, "F0709")
    other.shutdown()


@pytest.mark.parametrize("version, said", [("2", "This `faasta` is too old"), ("0", "This `faasta` is too new"), ("x", "which is no version")])
def test_another_version_of_the_api_is_told(cli, version, said):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("faasta-api", version)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass
    other = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    cli.server = f"http://localhost:{other.server_address[1]}"
    cli.run("list", env={"FAASTA_TOKEN": "x"}).fails(9, "F0709", said)
    other.shutdown()


def test_the_server_of_the_project_is_used_and_gets_no_token_of_another(signed_in, server):
    url = f"http://localhost:{server.address[1]}"
    api_url = url.replace("//", "//api.")
    signed_in.server = None
    (signed_in.home / "faasta.toml").write_text(f'name = "of-project"\nserver = "{url}"\n')
    assert "functions" in signed_in.run("list", "--json").ok().json()
    signed_in.run("list", env={"FAASTA_TOKEN": "x"}).fails(2, "F0701", f"faasta.toml names {url}", f"--server {url}")
    signed_in.run("list", "--server", f"http://localhost:{free_port()}").fails(9, "F0708")
    signed_in.run("login", "--with-token", stdin="x").fails(2, "F0701", "only the project here names", f"--server {api_url}")
    signed_in.run("login", "--device").fails(2, "F0701", "only the project here names")
    (signed_in.home / "faasta.toml").write_text('name = "of-project"\nserver = "http://127.0.0.5:8080"\n')
    signed_in.run("list").fails(2, "F0701", "only as 127.0.0.1 or localhost")
    other = f"http://localhost:{free_port()}"      # nobody listens there: the CLI fails before it asks
    (signed_in.home / "faasta.toml").write_text(f'name = "of-project"\nserver = "{other}"\n')
    signed_in.run("secret", "set", "KEY", stdin="value").fails(3, "F0203", "only the project here names")
    (signed_in.home / "faasta.toml").write_text('name = "of-project"\nserver = "ftp://x"\n')
    signed_in.run("list").fails(1, "F0703", "faasta.toml:2:10", "`server`")


def test_follow_and_interrupt(project, server):
    project.run("deploy", cwd=project.project).ok()
    follower = project.start("logs", "ready", "-f", "--json")
    lines = []

    def seen():
        server.call("ready", headers=["x-request-id: cli-follow"])
        line = follower.stdout.readline()
        lines.append(line)
        return "cli-follow" in line
    eventually(seen, 10, "the call in `faasta logs -f`")
    follower.send_signal(signal.SIGINT)
    follower.communicate(timeout=10)
    assert follower.returncode == 130


def test_run_serves_under_the_same_limits(cli):
    port = free_port()
    elsewhere = {"FAASTAD_TLS_LISTEN": "0.0.0.0:443", "FAASTAD_LISTEN": "nowhere"}         # of another server
    running = cli.start("run", "--component", guest_file("spin"), "--port", str(port), "--json", env=elsewhere)
    try:
        url = json.loads(running.stdout.readline())["url"]
        from support.http1 import Connection, request
        host = url.removeprefix("http://").rstrip("/")
        assert host.endswith(f":{port}"), url
        with Connection(("127.0.0.1", port)) as connection:
            assert connection.exchange(request("GET", "/ms/5", host)).text == "burnt 5 ms\n"
            assert connection.exchange(request("GET", "/", host)).code == "F0505"
    finally:
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=40)
    assert running.returncode == 130, (out, err)
    eventually(lambda: not listens(port), 5, "the end of the private server")


def test_run_goes_on_after_signals_that_are_ignored(cli):
    """`nohup faasta run &`: the end of the terminal, and Ctrl-C for another program, do not stop it."""
    command = cli.command("run", "--component", guest_file("hello-wat"), "--port", "0", "--json")
    running = subprocess.Popen(["sh", "-c", 'trap "" INT HUP; exec "$0" "$@"', *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=cli.environment(), cwd=cli.home)
    json.loads(running.stdout.readline())
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        running.send_signal(number)
    running.communicate(timeout=40)
    assert running.returncode == 128 + signal.SIGTERM


@pytest.fixture
def slow_build(cli):
    """A project whose build waits until the test opens its gate."""
    folder = cli.home / "slow"
    folder.mkdir()
    (folder / "faasta.toml").write_text('name = "slow-build"\n[build]\ncommand = "echo begun >&2; cat gate; cp given.wasm out.wasm"\nartifact = "out.wasm"\n')
    (folder / "given.wasm").write_bytes(version_guest(1))
    os.mkfifo(folder / "gate")
    return folder


def test_a_build_of_more_than_a_second_has_a_line(cli, slow_build):
    seen = []
    running = cli.start("build", "--json", cwd=slow_build)
    for line in running.stderr:
        seen.append(line)
        if line.startswith("building (1 s)"):
            (slow_build / "gate").write_text("")
    assert running.wait(30) == 0 and json.loads(running.stdout.read())["name"] == "slow-build", seen
    assert "begun\n" in seen, seen


def test_a_deploy_hears_of_the_phases_of_the_server(signed_in):
    """The component is Python's runtime, whose compile takes many seconds."""
    done = signed_in.run("deploy", "--component", guest_file("hello-python"), "--name", "slow-compile").ok()
    assert "uploaded; the server compiles (1 s)" in done.err, done


def test_a_quiet_build_has_no_line(cli, slow_build):
    running = cli.start("-q", "build", cwd=slow_build)
    assert running.stderr.readline() == "begun\n"
    begin = time.monotonic()
    eventually(lambda: time.monotonic() - begin > 1.5, 5)       # a span in which a line would come
    (slow_build / "gate").write_text("")
    assert running.communicate(timeout=30)[1] == "" and running.returncode == 0


def test_on_a_terminal_the_line_of_a_build_is_written_over(cli, slow_build):
    mine, theirs = pty.openpty()
    process = subprocess.Popen(cli.command("build"), stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=cli.environment(), cwd=slow_build, start_new_session=True)
    os.close(theirs)
    shown = ""
    try:
        while "building (2 s)" not in shown:
            shown += os.read(mine, 4096).decode()
        (slow_build / "gate").write_text("")
        while "imports:" not in shown:
            shown += os.read(mine, 4096).decode()
        assert process.wait(patient(30)) == 0
    finally:
        process.kill()
        os.close(mine)
    assert "\r\x1b[Kbuilding (1 s)\r\x1b[Kbuilding (2 s)" in shown and shown.rindex("\r\x1b[K") > shown.rindex("building ("), shown


def test_run_shows_the_last_lines_of_the_log_at_ctrl_c(cli):
    """Ctrl-C comes right after an answer, and the terminal sends it to the whole process group."""
    port = free_port()
    running = subprocess.Popen(cli.command("run", "--component", guest_file("log"), "--port", port, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=cli.environment(), cwd=cli.home, start_new_session=True)
    try:
        host = json.loads(running.stdout.readline())["url"].removeprefix("http://").rstrip("/")
        from support.http1 import Connection, request
        with Connection(("127.0.0.1", port)) as connection:
            # The first line shows that the log is being followed. The server sends the next ones half a second later.
            assert connection.exchange(request("GET", "/?n=1", host)).status == 200
            for line in running.stderr:
                if "GET /?n=1" in line:
                    break
            assert connection.exchange(request("GET", "/?n=3", host)).status == 200
            os.killpg(running.pid, signal.SIGINT)
    finally:
        _, err = running.communicate(timeout=40)
    assert running.returncode == 130 and "GET /?n=3" in err and "out 2" in err, err


def listens(port):
    from support.http1 import Connection
    try:
        Connection(("127.0.0.1", port)).close()
        return True
    except OSError:
        return False


def test_invoke_passes_everything_on(signed_in, server):
    signed_in.run("deploy", "--component", guest_file("echo"), "--name", "echo-cli").ok()
    done = signed_in.run("invoke", "echo-cli", "/headers?a=1", "-X", "PUT", "-H", "x-a: b", "-H", "x-c:d").ok()
    seen = json.loads(done.out)
    assert (seen["method"], seen["path_with_query"]) == ("PUT", "/headers?a=1") and ["x-a", "b"] in seen["headers"] and ["x-c", "d"] in seen["headers"], seen
    assert signed_in.run("invoke", "echo-cli", "-d", "hello body").ok().out == "hello body"
    assert signed_in.run("invoke", "echo-cli", "-d", "@-", stdin="from stdin").ok().out == "from stdin"


def test_inspect(cli):
    done = cli.run("inspect", guest_file("hello-raw"), "--json").ok().json()
    assert done["world"] == "wasi:http/proxy" and any("wasi:http/types" in one for one in done["imports"]), done
    cli.run("inspect", guest_file("core-module")).fails(6, "F0404")
    cli.run("inspect", "nothere.wasm").fails(1, "nothere.wasm")


def test_init_refuses_to_overwrite(cli):
    folder = cli.home / "my-init"
    folder.mkdir()
    cli.run("init", cwd=folder).ok()
    before = (folder / "faasta.toml").read_text()
    cli.run("init", cwd=folder).fails(10, "F0704")
    assert (folder / "faasta.toml").read_text() == before


def test_quiet_and_pipes(project):
    done = project.run("deploy", "-q", cwd=project.project).ok()
    assert done.err == "" and len(done.out.splitlines()) == 1, done
    for verb in (["list"], ["versions", "ready"], ["status", "ready"]):
        done = project.run(*verb).ok()
        assert "\x1b" not in done.out + done.err
    assert "\x1b" in project.run("status", "nothere", "--color", "always", env={"NO_COLOR": ""}).err


def test_a_full_disk_is_said_plainly(signed_in):
    """stdout is a full device, so a write fails with ENOSPC."""
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    import subprocess
    with open("/dev/full", "w") as full:
        done = subprocess.run(signed_in.command("list", "--json"), stdout=full, stderr=subprocess.PIPE, text=True, env=signed_in.environment(), cwd=signed_in.home)
    assert done.returncode == 1 and "No space left" in done.stderr, done


def test_the_target_is_missing(signed_in):
    """With a rustc that lacks the target, the error says what to install, and the exit code is 5."""
    if not shutil.which("cargo"):
        pytest.skip("no cargo")
    folder = signed_in.home / "no-target"
    signed_in.run("new", "no-target").ok()
    tools = signed_in.home / "bin"
    tools.mkdir()
    (tools / "rustc").write_text('#!/bin/sh\n[ "$1" = --print ] && { echo /nonexistent; exit 0; }\nexec /bin/false\n')
    (tools / "rustc").chmod(0o755)
    done = signed_in.run("build", cwd=folder, env={"RUSTC": str(tools / "rustc")})
    assert done.exit == 5 and "wasm32-wasip2" in done.err, done


def test_a_panic_in_a_function_of_the_template_is_shown_by_its_names(signed_in, server):
    cli, env = signed_in, rust_build_environment() | {"CARGO_TARGET_DIR": str(shared_target())}
    cli.run("new", "panics").ok()
    source = cli.home / "panics" / "src" / "main.rs"
    source.write_text(source.read_text().replace('"/" =>', '"/boom" => find_user(&[1, 2], request.uri().path().len()),\n        "/" =>')
                      + '\n#[inline(never)]\nfn find_user(users: &[usize], number: usize) -> Result<Response<Body>, Error> {\n'
                      '    let user = users.get(number).expect("no such user");\n    text(StatusCode::OK, if *user > 1 { "a" } else { "b" })\n}\n')
    cli.run("deploy", cwd=cli.home / "panics", env=env, seconds=900).ok()
    assert server.call("panics", "/boom").status == 500
    shown = eventually(lambda: (out := cli.run("logs", "panics").ok().out) and "guest_trap" in out and out, 10, "the call in the log")
    call = shown[shown.index("GET /boom 500 guest_trap"):].splitlines()
    assert "panicked at src/main.rs:" in call[1] and "no such user" in call[1], shown
    assert any(line.strip() == "at panics::find_user" for line in call), shown
    assert "RUST_BACKTRACE" not in shown and "rust_begin_unwind" not in shown and "_R" not in shown, shown
    assert "rust_panic" in cli.run("logs", "panics", "--json").ok().out, "--json has the engine's words"
