"""The output of faastad: the first start, the command that signs in, and wrong settings with their place in the
file."""
import re
import socket
import subprocess

import pytest

from support.server import BINARIES, Server, environment
from support.waiting import eventually


def faastad(*arguments, cwd=None):
    """Runs a faastad that ends before it serves."""
    return subprocess.run([BINARIES / "faastad", *map(str, arguments)], capture_output=True, text=True, env=environment(), timeout=60, cwd=cwd)


def with_config(tmp_path, text, *arguments):
    (tmp_path / "faastad.toml").write_text(text)
    return faastad("--config", tmp_path / "faastad.toml", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", *arguments)


@pytest.fixture
def starting(tmp_path):
    server = Server(tmp_path / "with space")
    yield server
    server.kill()


def test_the_first_start_prints_the_command_that_signs_in(starting, cli):
    starting.start()
    told = (starting.folder / "server.out").read_text()
    command = told.splitlines()[-1].strip()
    assert starting.token in told and command.startswith(f"faasta --server http://localhost:{starting.address[1]} login --with-token < '/"), told
    done = subprocess.run(["sh", "-c", command.replace("faasta", str(cli.program), 1)], capture_output=True, text=True, env=cli.environment(), cwd="/", timeout=60)
    assert done.returncode == 0 and "signed in" in done.stderr, done
    cli.server = starting
    cli.run("list").ok()
    assert starting.event("single_owner")["sign_in"] == command
    starting.restart()
    assert starting.event("single_owner")["sign_in"].startswith("faasta --server"), "the next starts say it too, without the token"
    assert (starting.folder / "server.out").read_text() == told, "the token is shown once"


@pytest.mark.parametrize("option, other", [("--listen", "--admin-listen"), ("--admin-listen", "--listen")])
def test_a_taken_port_names_its_option_and_loses_no_token(starting, option, other):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        starting.spawn(**{("listen" if option == "--listen" else "admin"): address})
        assert starting.process.wait(60) == 1
        said = starting.log_file.read_text()
        assert f"{option}: bind {address}: Address already in use" in said and f"`{option} ADDRESS:PORT`" in said and other + ":" not in said, said
    starting.log_file.write_text("")
    starting.start()
    assert starting.token in (starting.folder / "server.out").read_text()


def test_a_start_whose_last_step_fails_ends_in_order(starting):
    """The server listens already when it makes the owner's token."""
    (starting.data / "owner.token").mkdir(parents=True)
    starting.data.chmod(0o700)
    starting.spawn()
    assert starting.process.wait(60) == 1
    assert "owner.token" in starting.log_file.read_text()
    (starting.data / "owner.token").rmdir()
    starting.log_file.write_text("")
    starting.start()
    assert starting.token in (starting.folder / "server.out").read_text()


def test_how_to_sign_in_is_told_with_the_file_on_this_machine_alone(make_server):
    local = make_server().api("GET", "/v1/login").json()
    assert local["mode"] == "single-owner" and local["token_file"].endswith("/owner.token")
    public = make_server(top={"public_url": "http://example.com"}).api("GET", "/v1/login").json()
    assert "token_file" not in public


def test_help_and_errors_are_of_faastad():
    assert re.search(r"each with --help: faastad admin,", faastad("--help").stdout)
    done = faastad("--nonsense")
    assert done.returncode == 2 and "See `faastad --help`" in done.stderr and "faasta help" not in done.stderr, done
    done = faastad("admin", "--nonsense")
    assert done.returncode == 2 and "See `faastad admin --help`" in done.stderr and "faasta help" not in done.stderr, done


@pytest.mark.parametrize("arguments, said", [
    (["--listen", "8382"], "--listen: '8382' is not ADDRESS:PORT; write an address and a port, such as 127.0.0.1:8080"),
    (["--listen", "localhost:8382"], "--listen: 'localhost' is not an IP address"),
    (["--admin-listen", "127.0.0.1"], "--admin-listen: '127.0.0.1' is not ADDRESS:PORT"),
    (["--base-domain", "https://example.com"], "--base-domain: 'https://example.com' is not a domain name"),
])
def test_options_that_are_wrong(tmp_path, arguments, said):
    done = faastad("--data", tmp_path / "data", *arguments)
    assert done.returncode == 2 and said in done.stderr and "reached by others" not in done.stderr and not (tmp_path / "data").exists(), done


@pytest.mark.parametrize("text, said", [
    ('public_url = "example.com"', ":1:14: 'public_url' is not valid: 'example.com' is not the address that clients use: write scheme, host and port alone"),
    ('public_url = "https://example.com/faasta"', ":1:14: 'public_url' is not valid: 'https://example.com/faasta' is not the address that clients use: write scheme, host and port alone"),
    ('listen = "8382"', ":1:10: 'listen' is not valid: '8382' is not ADDRESS:PORT"),
    ('admin_listen = "x:1"', ":1:16: 'admin_listen' is not valid: 'x' is not an IP address"),
    ('base_domain = "Example.com"', ":1:15: 'base_domain' is not valid: 'Example.com' is not a domain name in lower case"),
    ('[outbound]\nreachable = ["localhost:80"]', ":2:13: 'outbound.reachable' is not valid: 'localhost:80' is not an IP address and a port"),
    ('[outbound]\nreachable = [\n  "127.0.0.1:80",\n  "10.0.0.0/8",\n]', "'10.0.0.0/8' is not an IP address and a port, such as"),
    ('[outbound]\nreachable = [\n  "127.0.0.1:80",\n  "10.0.0.0/8",\n]', "(line 4)"),
])
def test_settings_that_are_wrong_are_told_with_their_line(tmp_path, text, said):
    done = with_config(tmp_path, text)
    assert done.returncode == 2 and said in done.stderr and "F0801" in done.stderr and not (tmp_path / "data").exists(), done


def test_a_data_folder_that_others_can_write_is_refused(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o777)
    done = faastad("--data", data, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
    assert done.returncode == 1 and "F0802" in done.stderr and f"chmod 700 {data}" in done.stderr and not list(data.iterdir()), done


@pytest.mark.parametrize("mode, warned", [(0o755, True), (0o700, False)])
def test_a_data_folder_that_others_can_read_is_warned_of(starting, mode, warned):
    starting.data.mkdir()
    starting.data.chmod(mode)
    starting.start()
    told = [line["effect"] for line in starting.log_lines() if line.get("event") == "data_folder"]
    assert bool(told) == warned and all("can read" in line for line in told), told


def test_admin_finds_the_folder_by_the_configuration_and_says_what_is_true(make_server, tmp_path):
    server = make_server()
    config = tmp_path / "one.toml"
    config.write_text(f'data = "{server.data}"\n')

    def admin(*arguments):
        return faastad("admin", "--config", config, *arguments, cwd=tmp_path)
    assert "owner" in admin("owners").stdout
    done = admin("delete", "nope", "-y")
    assert done.returncode == 4 and "F0219" in done.stderr and "No owner has a function of this name" in done.stderr and "faasta list" not in done.stderr, done
    done = admin("transfer", "nope", "#1")
    assert "F0219" in done.stderr, done
    done = admin("delete-owner", "owner", "-y")
    assert done.returncode == 10 and "F0220" in done.stderr and "cannot be deleted" in done.stderr, done
    done = admin("quota", "owner", "nonsense", "3")
    assert done.returncode == 2 and "stored_mb" in done.stderr and "faastad admin --help" in done.stderr, done
    config.write_text("nonsense = 3\n")
    assert "nonsense" in admin("owners").stderr


def test_a_single_owner_has_no_quotas_and_any_name(make_server):
    server = make_server(roomy=False)
    me = server.api("GET", "/v1/me").json()
    assert {key: value for key, value in me["quota"].items() if value} == {"kept_versions": 10}, me
    assert me["limits"] == {"cpu_ms": 50, "timeout_ms": 30000, "memory_mb": 128}
    for name in ("blog", "web", "app", "bank", "www", "adm1n", *(f"function-{number}" for number in range(8))):
        assert server.upload(name, "hello-wat", verify=False).status == 201, name
    assert server.call("www").status == 200
    refused = server.upload("api", "hello-wat")
    assert (refused.status, refused.code) == (400, "F0202") and "the server's API" in refused.json()["detail"], refused


def test_events_are_json_lines_whatever_is_printed(starting):
    starting.start()
    eventually(lambda: starting.event("ready"), 10, "the ready line")
    assert all("time" in line for line in starting.log_lines())
