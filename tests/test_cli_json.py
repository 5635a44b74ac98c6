"""The output of each command with --json has the schema that docs/cli-json.json gives; each command is run here, or in a
test that has what it needs."""
import json
import signal
import subprocess

import pytest

from support.cli import commands
from support.cli_schema import differences
from support.guests import REPOSITORY, guest_file, version_guest
from support.server import free_port
from support.venv import JSONSCHEMA, python_with
from support.waiting import eventually

PROJECT = """name = "shown"
[build]
command = "cp given.wasm out.wasm"
artifact = "out.wasm"
[env]
GREETING = "hi"
[limits]
cpu_ms = 20
[[cron]]
name = "tick"
schedule = "0 0 1 1 *"
"""
# Commands whose --json is checked by a test of its own, which needs more than a server.
ELSEWHERE = {"componentize", "trust", "domain add", "domain check", "domain remove"}


@pytest.fixture
def outputs(signed_in, server):
    """Runs each command, and returns [name, value] of each line of its output."""
    project = signed_in.home / "shown"
    project.mkdir()
    (project / "faasta.toml").write_text(PROJECT)
    (project / "given.wasm").write_bytes(version_guest(1))
    (signed_in.home / "root.pem").write_text("no certificate")
    out = []

    def run(name, *arguments, fails=False, **more):
        done = signed_in.run(*name.split(), *arguments, "--json", cwd=more.pop("cwd", project), **more)
        assert (done.exit != 0) == fails, done
        out.extend([name, value] for value in done.lines())
        if fails:
            out.append(["error", json.loads(done.err.strip().splitlines()[-1])])
        return done
    run("new", "made", "--lang", "go", cwd=signed_in.home)
    run("new", "--list")
    other = signed_in.home / "there"
    other.mkdir()
    (other / "go.mod").write_text("module x\n")
    run("init", "--name", "there", cwd=other)
    run("build")
    run("build", cwd=other, fails=True)
    run("deploy", "-m", "first")
    run("deploy")
    (project / "given.wasm").write_bytes(version_guest(2))
    run("deploy")
    server.call("shown")
    for name in ("list", "status", "versions", "metrics", "whoami", "dashboard", "config"):
        run(name)
    eventually(lambda: run("logs").out, 10, "a line of the log")
    run("invoke")
    run("invoke", "shown", "-X", "POST", "-d", "x")
    run("invoke", "--timing")
    run("rollback", "--plan")
    run("rollback")
    run("versions", "--diff", "1", "2")
    run("promote", "2", "--plan")
    run("promote", "2")
    run("alias set", "beta", "1")
    run("alias list")
    run("alias remove", "beta")
    run("lock", "-m", "a fair")
    run("status")
    run("delete", "-y", fails=True)
    run("unlock")
    (project / "given.wasm").write_bytes(version_guest(3))
    run("deploy", "--rollout", "5%:1h,100%")
    for step in ("pause", "resume", "status", "abort", "status"):
        run(f"rollout {step}")
    (project / "given.wasm").write_bytes(version_guest(4))
    run("deploy", "--rollout", "5%:1h,100%")
    run("rollout promote")
    run("top", "-n", "1")
    run("trace")
    run("cron list")
    run("cron run", "tick")
    run("cron run", "tock", fails=True)
    run("secret set", "KEY", stdin="value")
    run("secret set", "KEY", stdin="other")
    for name, words in (("secret list", []), ("secret rollback", ["KEY"]), ("secret delete", ["KEY", "-y"])):
        run(name, *words)
    run("domain add", "shop.example", fails=True)
    run("domain list")
    run("domain remove", "shop.example", "-y", fails=True)
    trusted = run("trust github", "acme/shop", "--ref", "main").json()
    run("trust list")
    run("trust remove", str(trusted["id"]))
    made = run("token create", "--scope", "read").json()
    run("token list")
    run("token revoke", str(made["id"]))
    run("inspect", "given.wasm")
    run("inspect", guest_file("hello-wstd") if (REPOSITORY / "build/guests/hello-wstd.wasm").exists() else "given.wasm")
    done = signed_in.run("doctor", "--json", cwd=project)
    out.append(["doctor", done.json()])
    for name, words in (("explain", []), ("explain", ["F0404"]), ("schema", []), ("completion", ["bash"]), ("version", []), ("help", ["deploy"])):
        run(name, *words)
    run("trust", "root.pem", cwd=signed_in.home, fails=True)
    run("delete", "shown", "-y")
    run("status", fails=True)
    for name, words in (("run", ["--port", free_port()]), ("dev", ["--port", free_port()])):
        running = signed_in.start(name, "--json", *words, cwd=project)
        while True:
            value = json.loads(running.stdout.readline())
            out.append([name, value])
            if value.get("event") != "building":
                break
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=40)
    run("login", "--with-token", stdin=server.token)
    run("logout")
    return out


def test_each_command_prints_what_its_schema_says(cli, outputs):
    defined = json.loads((REPOSITORY / "docs" / "cli-json.json").read_text())["$defs"]
    assert set(commands(cli)) == set(defined) - {"error"}
    assert not differences(outputs)
    ran = {name for name, _ in outputs}
    assert set(defined) - ran <= ELSEWHERE, "commands that printed nothing here"


def test_another_output_is_noticed(cli):
    wrong = [["version", {"version": 1}], ["version", {"version": "1", "more": 1}], ["deploy", {"name": "x"}], ["explain", {}]]
    seen = differences(wrong)
    assert all(name in seen for name in ("version $.version", "version $ Additional", "deploy $ 'url'", "explain $ 'code'")), seen


def test_the_schema_of_faasta_toml_takes_the_templates_and_refuses_mistakes(cli):
    python = python_with(JSONSCHEMA)
    check = "import json, sys, jsonschema; schema, value = json.load(sys.stdin); jsonschema.Draft7Validator.check_schema(schema); print([error.json_path for error in jsonschema.Draft7Validator(schema).iter_errors(value)])"
    schema = cli.run("schema").ok().json()

    def errors(value):
        return subprocess.run([python, "-c", check], input=json.dumps([schema, value]), capture_output=True, text=True, check=True).stdout.strip()
    import tomllib
    files = sorted((REPOSITORY / "templates").glob("*/faasta.toml"))
    assert len(files) >= 8
    for file in files:
        assert errors(tomllib.loads(file.read_text().replace("{{name}}", "my-fn"))) == "[]", file
    good = {"name": "x", "server": "https://example.com", "secrets": {"required": ["A"]}, "environments": {"staging": {"env": {"A": "1"}, "limits": {"cpu_ms": 1}}}}
    assert errors(good) == "[]"
    for wrong, at in (({"nme": "x"}, "$"), ({"name": "x", "limits": {"cpu_ms": 0}}, "$.limits.cpu_ms"), ({"name": "x", "build": {"language": "cobol"}}, "$.build.language"),
                      ({"name": "x", "env": {"A-B": "1"}}, "$.env"), ({"name": "x", "environments": {"s": {"environments": {}}}}, "$.environments.s")):
        assert f"'{at}'" in errors(wrong), (wrong, errors(wrong))
