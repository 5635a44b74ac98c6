"""Environment variables and secrets: from faasta.toml and the CLI to the guest, and nowhere else."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import threading

import pytest

from support.cli import Cli
from support.guests import guest_file
from support.people import Person
from support.server import BINARIES, Server, environment
from support.waiting import eventually

FORM = ["content-type: multipart/form-data; boundary=B"]


@pytest.fixture
def server(make_server):
    """A server for one test alone, because secrets outlive a test."""
    return make_server()


def form(settings, component):
    part = b"--B\r\ncontent-disposition: form-data; name="
    return part + b"settings\r\n\r\n" + json.dumps(settings).encode() + b"\r\n" + part + b"component\r\n\r\n" + component + b"\r\n--B--\r\n"


def deploy(server, name, guest, **settings):
    return server.api("POST", f"/v1/functions/{name}/versions", form(settings, guest_file(guest).read_bytes()), FORM)


def set_secrets(server, name, values, token=None):
    answer = server.api("POST", f"/v1/functions/{name}/secrets", json.dumps(values).encode(), token=token)
    assert answer.status == 200, answer
    return answer.json()


def variables(server, name, target="/"):
    answer = server.call(name, target)
    assert answer.status == 200, answer
    return dict(answer.json()["env"])


def admin(server, *words):
    return subprocess.run([BINARIES / "faastad", "admin", "--data", server.data, *words], capture_output=True, text=True, env=environment(), timeout=60)


def test_a_guest_reads_variables_and_secrets(server):
    set_secrets(server, "env", {"KEY": "the key", "UNNAMED": "x"})
    assert deploy(server, "env", "env", env={"GREETING": "hi \u00e4\nthere", "EMPTY": ""}, required_secrets=["KEY"], optional_secrets=["NONE"]).status == 201
    assert variables(server, "env") == {"FAASTA_FUNCTION": "env", "FAASTA_VERSION": "1", "GREETING": "hi \u00e4\nthere", "EMPTY": "", "KEY": "the key"}


def test_they_are_also_in_the_config_store(server):
    set_secrets(server, "config", {"KEY": "the key"})
    assert deploy(server, "config", "config", env={"GREETING": "hi"}, required_secrets=["KEY"]).status == 201
    assert dict(server.call("config").json()) == {"FAASTA_FUNCTION": "config", "FAASTA_VERSION": "1", "GREETING": "hi", "KEY": "the key"}
    assert server.call("config", "/KEY").json() == "the key"
    assert server.call("config", "/nothing").json() is None


def test_variables_move_with_the_version_and_secrets_do_not(server):
    set_secrets(server, "env", {"KEY": "one"})
    assert deploy(server, "env", "env", env={"MODE": "first"}, required_secrets=["KEY"]).status == 201
    assert deploy(server, "env", "env", env={"MODE": "second"}, required_secrets=["KEY"]).status == 201
    set_secrets(server, "env", {"KEY": "two"})
    assert (variables(server, "env")["MODE"], variables(server, "env")["KEY"]) == ("second", "two")
    assert variables(server, "env--v1")["MODE"] == "first"
    assert variables(server, "env--v1")["KEY"] == "two"
    server.rollback("env")
    assert (variables(server, "env")["MODE"], variables(server, "env")["KEY"]) == ("first", "two")
    assert server.api("POST", "/v1/functions/env/secrets/rollback", b'{"name":"KEY"}').json()["generation"] == 1
    assert variables(server, "env")["KEY"] == "one"
    assert len(server.versions("env")) == 2, "a secret made a version"


def test_a_required_secret_must_be_set(server):
    refused = deploy(server, "env", "env", required_secrets=["KEY", "OTHER"])
    assert (refused.status, refused.json()["code"]) == (403, "F1002") and "KEY, OTHER" in refused.json()["detail"]
    set_secrets(server, "env", {"KEY": "x", "OTHER": "y"})
    assert deploy(server, "env", "env", required_secrets=["KEY", "OTHER"]).status == 201
    assert server.api("DELETE", "/v1/functions/env/secrets?name=OTHER").status == 200
    answer = server.call("env")
    assert (answer.status, answer.json()["code"]) == (503, "F1005")
    assert "OTHER" not in answer.text, "a stranger learned the name of a secret"
    assert eventually(lambda: [line for line in server.logs("env") if "OTHER" in line.get("text", "")])
    set_secrets(server, "env", {"OTHER": "z"})
    assert variables(server, "env")["OTHER"] == "z"


def test_values_are_hidden_in_logs_and_in_errors(server):
    long, lines = "sk_live_abcdefgh", "-----BEGIN KEY\nabcdefghijklmnop\n-----END KEY"
    set_secrets(server, "env", {"KEY": long, "PEM": lines, "SHORT": "1234567"})
    assert deploy(server, "env", "env", required_secrets=["KEY", "PEM", "SHORT"]).status == 201
    assert variables(server, "env", "/print")["KEY"] == long
    assert server.call("env", "/trap").status == 500

    def ended():
        lines = server.logs("env")
        return lines if sum(line["kind"] == "call" for line in lines) == 2 else None
    text = json.dumps(eventually(ended))
    assert "***KEY***" in text and "***PEM***" in text and "SHORT is 1234567" in text
    assert long not in text and "abcdefghijklmnop" not in text
    # A version that fails its test request tells what it wrote.
    answer = server.api("POST", "/v1/functions/env/versions", form({"required_secrets": ["KEY"]}, guest_file("trap").read_bytes()), FORM)
    assert answer.status in (201, 422) and long not in answer.text


@contextlib.contextmanager
def load(server, name, check):
    """Calls a function again and again; yields the list of wrong answers and the counter of right ones."""
    wrong, right, stop = [], [0], threading.Event()

    def run():
        while not stop.is_set():
            answer = server.call(name)
            if answer.status == 200 and check(dict(answer.json()["env"])):
                right[0] += 1
            else:
                wrong.append(answer)
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield wrong, right
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_key_is_rotated_under_load(server):
    values = {f"V{number}": f"value {number}" for number in range(50)}
    set_secrets(server, "env", values)
    assert deploy(server, "env", "env", required_secrets=list(values)).status == 201
    first = (server.data / "secrets.key").read_text()
    with load(server, "env", lambda seen: all(seen[name] == value for name, value in values.items())) as (wrong, right):
        for round_number in range(5):
            done = admin(server, "rotate-key", "--json")
            assert done.returncode == 0 and json.loads(done.stdout)["values"] == 50 + min(round_number, 5), done
            set_secrets(server, "other", {"A": str(round_number)})     # its route is forgotten, and new values are sealed
            before = right[0]
            eventually(lambda: right[0] > before + 20)
    assert not wrong, wrong[:3]
    assert (server.data / "secrets.key").read_text() != first
    assert "key_rotate" in admin(server, "log").stdout and admin(server, "verify").returncode == 0


def test_a_lost_key_stops_only_functions_with_secrets(tmp_path):
    with Server(tmp_path) as server:
        set_secrets(server, "env", {"KEY": "x"})
        assert deploy(server, "env", "env", required_secrets=["KEY"]).status == 201
        assert deploy(server, "plain", "env", env={"A": "b"}).status == 201
        server.stop()
        (server.data / "secrets.key").unlink()
        server.start()
        answer = server.call("env")
        assert (answer.status, answer.json()["code"]) == (503, "F1005")
        assert "secrets.key" not in answer.text
        assert variables(server, "plain")["A"] == "b"
        set_secrets(server, "env", {"KEY": "again"})                       # makes a new key
        assert variables(server, "env")["KEY"] == "again"


def test_no_value_is_anywhere_but_in_the_guest(tmp_path):
    """100 values: none is found in the data folder, in logs, metrics, answers of the API, or in what other processes
    can see of the server."""
    canaries = {f"CANARY_{number}": f"canary{number:03d}-{os.urandom(12).hex()}" for number in range(100)}
    with Server(tmp_path) as server:
        set_secrets(server, "env", canaries)
        assert deploy(server, "env", "env", required_secrets=list(canaries)).status == 201
        assert variables(server, "env", "/print")["CANARY_7"] == canaries["CANARY_7"]
        assert server.call("env", "/trap").status == 500
        eventually(lambda: sum(line["kind"] == "call" for line in server.logs("env")) == 2)
        seen = [json.dumps(server.logs("env")), server.prometheus(), server.api("GET", "/v1/functions/env").text,
                server.api("GET", "/v1/functions/env/secrets").text, server.api("GET", "/v1/functions/env/versions").text]
        for name in ("cmdline", "environ"):
            with open(f"/proc/{server.pid}/{name}", "rb") as file:
                seen.append(file.read().decode(errors="replace"))
        os.kill(server.pid, signal.SIGABRT)                                # a crash: the kernel may write a core dump
        server.process.wait(20)
        seen += [line for line in server.log_file.read_text(errors="replace").splitlines()]
        found = [value for value in canaries.values() for text in seen if value in text]
        assert not found
        patterns = tmp_path / "patterns"
        patterns.write_text("\n".join(canaries.values()) + "\n")
        hits = subprocess.run(["grep", "-rlaF", "-f", patterns, server.data], capture_output=True, text=True)
        assert hits.returncode == 1, hits.stdout


def test_a_crash_leaves_no_memory_of_tenants(server):
    """The kernel is told to write no memory to a core dump, also if its pattern is a program."""
    with open(f"/proc/{server.pid}/coredump_filter") as file:
        assert int(file.read(), 16) == 0


def test_they_belong_to_their_owner(make_server):
    server = make_server({"github": {"client_id": "x", "client_secret": "y"}, "limits": {"secrets": 3}})
    ada, bob = Person(server, "ada"), Person(server, "bob")
    path = "/v1/functions/shop/secrets"
    assert ada.api("POST", path, b'{"KEY":"of ada"}').status == 200
    # Nobody owns the name yet: each may prepare secrets, and nobody sees those of others.
    assert bob.api("GET", path).json()["secrets"] == []
    assert bob.api("POST", path, b'{"KEY":"of bob"}').status == 200
    body = form({"required_secrets": ["KEY"]}, guest_file("env").read_bytes())
    assert ada.api("POST", "/v1/functions/shop/versions", body, FORM).status == 201
    assert variables(server, "shop")["KEY"] == "of ada"
    assert bob.api("POST", path, b'{"KEY":"theirs"}').json()["code"] == "F0207"
    assert [ada.api("POST", path, json.dumps({f"MORE{number}": "x"}).encode()).status for number in range(3)] == [200, 200, 403]
    done = admin(server, "transfer", "shop", "bob")
    assert done.returncode == 0, done
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db")) as database:
        assert database.execute("SELECT count(*) FROM secret WHERE owner = ?", (ada.owner,)).fetchone() == (0,)
    eventually(lambda: variables(server, "shop")["KEY"] == "of bob")


def test_they_go_with_a_function_if_the_operator_says_so(make_server):
    server = make_server({"github": {"client_id": "x", "client_secret": "y"}})
    ada, bob = Person(server, "ada"), Person(server, "bob")
    path = "/v1/functions/shop/secrets"
    for value in ("first", "second"):
        assert ada.api("POST", path, json.dumps({"KEY": value}).encode()).status == 200
    assert bob.api("POST", path, b'{"KEY":"of bob","ONLY":"of bob"}').status == 200      # nobody owns the name yet
    body = form({"required_secrets": ["KEY"], "optional_secrets": ["ONLY"]}, guest_file("env").read_bytes())
    assert ada.api("POST", "/v1/functions/shop/versions", body, FORM).status == 201
    assert variables(server, "shop")["KEY"] == "second"
    done = admin(server, "transfer", "shop", "bob", "--keep-secrets")
    assert done.returncode == 0, done
    assert [one["name"] for one in bob.api("GET", path).json()["secrets"]] == ["KEY"], "those that bob had prepared are replaced"
    eventually(lambda: variables(server, "shop") == {"FAASTA_FUNCTION": "shop", "FAASTA_VERSION": "1", "KEY": "second"})
    assert bob.api("POST", path + "/rollback", b'{"name":"KEY"}').status == 200
    eventually(lambda: variables(server, "shop")["KEY"] == "first")
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db")) as database:
        assert database.execute("SELECT count(*) FROM secret WHERE owner = ?", (ada.owner,)).fetchone() == (0,)
    assert "with its secrets" in admin(server, "--json", "log").stdout
    assert admin(server, "transfer", "shop", "bob", "--keep-secrets").returncode == 0        # to the owner that it has
    assert variables(server, "shop")["KEY"] == "first"


# ---- the CLI ----

TOML = """name = "env"
[env]
GREETING = "hi"
[secrets]
required = ["KEY"]
[environments.staging]
env = { GREETING = "hi, tester", MORE = "x" }
limits = { cpu_ms = 20 }
"""


@pytest.fixture
def project(tmp_path, server):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "faasta.toml").write_text(TOML)
    cli = Cli(tmp_path / "home")
    cli.server = server
    return lambda *words, **more: cli.run("--token", server.token, *words, cwd=folder, **more)


def test_secrets_by_the_command_line(project, server):
    component = str(guest_file("env"))
    project("deploy", "--component", component).fails(7, "F1002", "not set: KEY; nothing was built", "Run `faasta secret set KEY`")
    project("secret", "set", "KEY", stdin="the value\n").ok()
    assert "the value" not in project("secret", "list").ok().out
    assert project("secret", "list", "--json").json()["secrets"][0]["name"] == "KEY"
    project("deploy", "--component", component).ok()
    assert variables(server, "env")["KEY"] == "the value"
    assert variables(server, "env")["GREETING"] == "hi"
    assert "GREETING=hi" in project("status").ok().out
    project("secret", "set", "KEY", stdin="another").ok()
    assert variables(server, "env")["KEY"] == "another"
    assert "does not get OTHER" in project("secret", "set", "OTHER", stdin="x").ok().err
    project("secret", "delete", "OTHER", "-y").ok()
    project("secret", "rollback", "KEY").ok()
    assert variables(server, "env")["KEY"] == "the value"
    project("secret", "delete", "KEY").fails(2, "F0712")
    project("secret", "delete", "KEY", "-y").ok()
    project("secret", "delete", "KEY", "-y").fails(4, "F1004")
    project("secret", "set", "KEY", stdin="").fails(1, "F1001", "empty")
    project("secret", "set", "2KEY", stdin="x").fails(1, "F1001")
    project("secret", "set").fails(2, "SECRET", "--dotenv")


def test_secrets_of_files(project, server, tmp_path):
    (tmp_path / "values").write_text("A=1\nexport B='two words'\n")
    project("secret", "set", "--dotenv", str(tmp_path / "values")).ok()
    (tmp_path / "one").write_text("line one\nline two\n")
    project("secret", "set", "KEY", "--file", str(tmp_path / "one")).ok()
    assert deploy(server, "env", "env", required_secrets=["A", "B", "KEY"]).status == 201
    seen = variables(server, "env")
    assert (seen["A"], seen["B"], seen["KEY"]) == ("1", "two words", "line one\nline two")
    (tmp_path / "values").write_text("A=1\nnonsense\n")
    project("secret", "set", "--dotenv", str(tmp_path / "values")).fails(1, "F1001", ":2:")


def test_an_environment_is_a_function_of_its_own(project, server):
    project("--env", "staging", "secret", "set", "KEY", stdin="of staging").ok()
    project("--env", "staging", "deploy", "--component", str(guest_file("env"))).ok()
    seen = variables(server, "env-staging")
    assert (seen["GREETING"], seen["MORE"], seen["KEY"], seen["FAASTA_FUNCTION"]) == ("hi, tester", "x", "of staging", "env-staging")
    assert project("--env", "staging", "status", "--json").json()["limits"]["cpu_ms"] == 20
    done = project("--env", "nowhere", "status").fails(1, "F0703", "it has staging", "Name an environment of the file")
    assert "the line named above" not in done.err, done
    project("--env", "staging", "status", "env").fails(2, "--env")
    project("--env", "staging", "delete", "-y").ok()
    assert [one["name"] for one in server.functions()] == []


def test_config_shows_what_stands_where(project):
    base = project("config").ok().out
    assert 'env.GREETING = "hi"' in base and "faasta.toml:3:12" in base
    merged = project("--env", "staging", "config", "--json").ok().json()
    assert (merged["name"], merged["environment"]) == ("env-staging", "staging")
    values = {one["key"]: (one["value"], one["place"]) for one in merged["settings"]}
    assert values["env.GREETING"] == ("hi, tester", "faasta.toml:7:20")
    assert values["limits.cpu_ms"] == (20, "faasta.toml:8:21")
    assert values["secrets.required"][0] == ["KEY"]
