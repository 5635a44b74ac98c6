"""`faasta login` from end to end: the real CLI, the real server, a stand-in for GitHub, and a browser (Chromium if it
is installed)."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import sys
import urllib.parse

import pytest

from support.github import ADA, BOB, Browser
from support.golden import golden
from support.guests import guest_file
from support.server import free_port
from support.waiting import eventually

TESTS = pathlib.Path(__file__).resolve().parent
CHROMIUM = shutil.which("chromium")


GITHUB = True


@pytest.fixture(autouse=True)
def of_this_server(server, cli):
    cli.server = server


@pytest.fixture
def browser(cli):
    """Settings with a $BROWSER that follows all redirects and writes the last page to a file."""
    program, seen = cli.home / "browser", cli.home / "seen"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(TESTS)!r})\nfrom support.github import Browser\n"
                       f"open({str(seen)!r}, 'w').write(Browser().follow(sys.argv[1]).text)\n")
    program.chmod(0o755)
    return {"BROWSER": str(program)}


def link_of(process):
    """The link that a running `faasta login` prints. The rest of stderr can still be read."""
    while line := process.stderr.readline():
        if found := re.search(r"http://\S+/v1/login/start\S+", line):
            return found[0]
    raise AssertionError("no link")


def port_of(link):
    return urllib.parse.urlsplit(urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["redirect_uri"][0]).port


def saved_token(cli):
    return re.search(r"faa_\w+", (cli.home / "config" / "faasta" / "credentials.toml").read_text())[0]


# ---- the whole sign-in ----

def test_login_deploy_whoami_token_logout(cli, server, browser):
    done = cli.run("login", env=browser).ok()
    assert "/v1/login/start?" in done.err and f"signed in to http://api.localhost:{server.address[1]} as ada" in done.err, done
    eventually(lambda: (cli.home / "seen").exists() and "You can close this window" in (cli.home / "seen").read_text(), 5, "the page to be read")
    file = cli.home / "config" / "faasta" / "credentials.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = saved_token(cli)
    assert token not in done.out + done.err
    assert cli.run("whoami").ok().out.split()[0] == "ada"
    cli.run("deploy", "--component", guest_file("hello-wat"), "--name", "by-browser").ok()
    assert server.call("by-browser").status == 200
    made = cli.run("token", "create", "--scope", "deploy:by-browser", "--ttl", "90d").ok().out.strip()
    assert socket.gethostname()[:20] in server.api("GET", "/v1/me", token=token).json()["token"]["name"]
    elsewhere = {"FAASTA_TOKEN": made, "XDG_CONFIG_HOME": str(cli.home / "ci")}
    cli.run("deploy", "--component", guest_file("hello-wat"), "--name", "by-browser", env=elsewhere).ok()
    cli.run("delete", "by-browser", "-y", env=elsewhere).fails(3, "F0211")
    assert "signed out" in cli.run("logout").ok().err
    assert token not in file.read_text() and server.api("GET", "/v1/me", token=token).status == 401
    cli.run("list").fails(3, "F0203", "fix:")
    cli.run("list", env=elsewhere).ok()


def test_login_as_json(cli, browser):
    done = cli.run("login", "--json", env=browser).ok()
    answer = done.json()
    assert set(answer) == {"token_id", "login", "expires_at", "scopes", "server"} and answer["login"] == "ada", answer
    assert saved_token(cli) not in done.out + done.err
    assert cli.run("logout", "--json").ok().json() == {"server": answer["server"], "signed_out": True, "revoked": True}
    assert cli.run("logout", "--json").ok().json() == {"server": answer["server"], "signed_out": False, "revoked": False}


def test_device(cli, github, server):
    github.control(user=BOB)
    process = cli.start("login", "--device", "-q")
    shown = process.stderr.readline() + process.stderr.readline()
    assert f"{github.url}/login/device" in shown and "WDJB-MJHT" in shown, shown
    eventually(lambda: github.calls("poll"), 15, "a poll")
    github.control(device="approve")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert cli.run("whoami").ok().out.split()[0] == BOB["login"]
    cli.run("logout").ok()


@pytest.mark.parametrize("decision, exit_code, code", [("deny", 3, "F0306"), ("expire", 3, "F0305")])
def test_device_that_ends_badly(cli, github, decision, exit_code, code):
    github.control(device=decision)
    cli.run("login", "--device").fails(exit_code, code, "fix:")


# ---- Chromium ----

def chromium(profile, output):
    return f"{CHROMIUM} --headless --no-sandbox --disable-gpu --user-data-dir={profile} --dump-dom %s > {output} 2> {output}.err"


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (./dev check installs it)")
def test_login_with_chromium(cli, github, tmp_path):
    done = cli.run("login", env={"BROWSER": chromium(tmp_path / "profile", tmp_path / "dom")}, seconds=120).ok()
    assert "as ada" in done.err, done
    page = eventually(lambda: (tmp_path / "dom").read_text(), 60, "what Chromium saw")
    assert "Signed in" in page and "You can close this window" in page, page
    github.control(user=BOB, decision="deny")
    cli.run("login", env={"BROWSER": chromium(tmp_path / "profile", tmp_path / "dom2")}, seconds=120).fails(3, "F0306", "fix:")
    assert "Your terminal says why" in eventually(lambda: (tmp_path / "dom2").read_text(), 60, "what Chromium saw")
    assert cli.run("whoami").ok().out.split()[0] == "ada"


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (./dev check installs it)")
def test_chromium_without_the_cookie_is_refused(cli, server, tmp_path):
    """The link belongs to a sign-in that began in another browser."""
    process = cli.start("login", "--no-browser")
    callback = Browser().follow(link_of(process), lambda location: "/v1/login/callback" in location).location
    os.system(chromium(tmp_path / "profile", tmp_path / "dom").replace("%s", f"'{callback}'"))
    assert "F0303" in (tmp_path / "dom").read_text()
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


# ---- other requests to the port, and the end of the wait ----

def raw(port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        try:
            return connection.makefile("rb").read().decode()
        except ConnectionResetError:    # the CLI closed the connection before it had read the whole request
            return ""


def test_strangers_at_the_port_change_nothing(cli):
    process = cli.start("login", "--no-browser")
    link = link_of(process)
    port = port_of(link)
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["state"][0]
    silent = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(40)]
    silent[-1].sendall(b"GET /callback?state=")
    host = f"host: 127.0.0.1:{port}\r\n\r\n"
    for target, fields, status in [("/favicon.ico", host, 404), ("/", host, 404), ("/callback", host, 400), (f"/callback?state={'0' * 64}&code=x", host, 400),
                                   ("/callback?state=&code=x", host, 400), (f"/callback?state={state}", host, 400), (f"/callback?state={state}&code=a&error=b", host, 400),
                                   (f"/callback?state={state}&code=%41", host, 400), (f"/callback?state={state}&code=x", f"host: evil.example:{port}\r\n\r\n", 404),
                                   (f"/callback?state={state}&code=x", "\r\n", 404), (f"/callback?state={state}&code=x", f"host: 127.0.0.1:{port}\r\n{host}", 404)]:
        answer = raw(port, f"GET {target} HTTP/1.1\r\n{fields}".encode())
        assert answer.startswith(f"HTTP/1.1 {status} ") and "content-security-policy: default-src 'none'" in answer, (target, answer)
    assert raw(port, f"POST /callback?state={state}&code=x HTTP/1.1\r\n{host}".encode()).startswith("HTTP/1.1 404 ")
    assert raw(port, b"GET /" + b"a" * 20_000) == ""
    assert process.poll() is None
    assert "Signed in" in Browser().follow(link).text
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0 and "as ada" in err, err
    for connection in silent:
        connection.close()


def test_the_port_is_of_this_machine_alone(cli):
    process = cli.start("login", "--no-browser")
    port = port_of(link_of(process))
    listening = [line.split()[1] for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"]
    assert f"0100007F:{port:04X}" in listening and f"00000000:{port:04X}" not in listening
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


@pytest.mark.parametrize("way", [["--no-browser"], ["--device"]], ids=str)
def test_ctrl_c_ends_the_waiting(cli, way):
    process = cli.start("login", *way)
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "F0710" in err, err
    assert not (cli.home / "config" / "faasta" / "credentials.toml").exists()


def test_over_ssh_nothing_is_opened_and_the_other_way_is_told(cli, browser):
    process = cli.start("login", env={**browser, "SSH_CONNECTION": "192.0.2.1 5000 192.0.2.2 22"})
    link = link_of(process)
    line = process.stderr.readline()
    assert f"ssh -L {port_of(link)}:127.0.0.1:{port_of(link)}" in line and "faasta login --device" in line, line
    assert "Signed in" in Browser().follow(link).text      # through the tunnel
    assert process.communicate(timeout=30) and process.returncode == 0
    assert not (cli.home / "seen").exists()


def test_without_a_display_the_link_is_printed(cli):
    process = cli.start("login", "-q", env={"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""})
    assert "Signed in" in Browser().follow(link_of(process)).text
    assert process.communicate(timeout=30) and process.returncode == 0


def test_a_browser_that_does_not_start_is_no_failure(cli):
    process = cli.start("login", env={"BROWSER": "/not/there"})
    assert "Signed in" in Browser().follow(link_of(process)).text
    assert process.communicate(timeout=30) and process.returncode == 0


def test_a_proxy_is_not_used_for_this_machine(cli, browser):
    nowhere = f"http://127.0.0.1:{free_port()}"
    cli.run("login", env={**browser, "http_proxy": nowhere, "https_proxy": nowhere, "no_proxy": "", "NO_PROXY": ""}).ok()


@pytest.mark.parametrize("fault, exit_code, code", [({"access_token": "close"}, 1, "F0311"), ({"user": "401"}, 1, "F0312")])
def test_what_went_wrong_at_github_is_told_in_the_terminal(cli, github, browser, fault, exit_code, code):
    github.control(fault=fault)
    cli.run("login", env=browser).fails(exit_code, code, "fix:")
    assert "Your terminal says why" in eventually(lambda: (cli.home / "seen").exists() and (cli.home / "seen").read_text(), 5, "the page")


def test_logout_without_the_server_still_forgets(cli, github, make_server, browser):
    passing = make_server(github.config())
    github.register(passing)
    cli.server = passing
    cli.run("login", env=browser).ok()
    token = saved_token(cli)
    passing.stop()
    done = cli.run("logout").ok()
    assert "still takes it" in done.err and "signed out" in done.err, done
    assert token not in (cli.home / "config" / "faasta" / "credentials.toml").read_text()


def test_logins_to_two_servers_are_kept_apart(cli, github, make_server, server, browser):
    other = make_server(github.config())
    cli.run("login", env=browser).ok()
    cli.server = other
    github.register(other)
    github.control(user=BOB)
    cli.run("login", env=browser).ok()
    assert cli.run("whoami").ok().out.split()[0] == BOB["login"]
    cli.server = server
    assert cli.run("whoami").ok().out.split()[0] == ADA["login"]


def test_a_spoilt_file_of_tokens_is_found_before_anybody_signs_in(cli, github, browser):
    file = cli.home / "config" / "faasta" / "credentials.toml"
    file.parent.mkdir(parents=True)
    file.write_text("not toml at all [")
    cli.run("login", env=browser).fails(1, "F0711", "credentials.toml")
    cli.run("login", "--device").fails(1, "F0711")
    assert not github.calls("authorize") and not github.calls("device_code") and file.read_text() == "not toml at all ["


def test_where_nobody_can_be_asked_there_is_no_sign_in(cli, github):
    cli.run("login", "--no-input").fails(2, "F0712", "faasta token create")
    cli.run("login", "--device", "--no-input").fails(2, "F0712")
    assert not github.calls("device_code")


def test_a_token_of_the_environment_is_not_sent_along_and_told_of(cli, browser):
    done = cli.run("login", env={**browser, "FAASTA_TOKEN": "faa_old"}).ok()
    assert "FAASTA_TOKEN" in done.err and "as ada" in done.err and "faa_" not in done.err, done
    cli.run("whoami").ok()


def test_ways_that_exclude_each_other(cli):
    cli.run("login", "--device", "--with-token", stdin="x").fails(2, "F0701")
    cli.run("login", "--no-browser", "--with-token", stdin="x").fails(2, "F0701")


def test_no_secret_of_github_is_in_the_programs(cli):
    """Only the server has the client secret."""
    assert b"client_secret" not in pathlib.Path(cli.program).read_bytes()


# ---- the texts of errors ----

@pytest.mark.parametrize("name, control", [
    ("login-denied", {"decision": "deny"}), ("login-github-down", {"fault": {"access_token": "close"}}), ("login-github-refuses", {"fault": {"access_token": "404"}}),
    ("login-github-refuses-token", {"fault": {"user": "401"}})])
def test_words_of_a_login_that_fails_at_github(cli, github, browser, name, control):
    github.control(**control)
    golden(name, cli.run("login", env=browser))


@pytest.mark.parametrize("name, control", [("device-denied", {"device": "deny"}), ("device-expired", {"device": "expire"}), ("device-github-down", {"fault": {"device_code": "500"}})])
def test_words_of_a_device_login_that_fails(cli, github, name, control):
    github.control(**control)
    golden(name, cli.run("login", "--device"))


def test_words_of_a_login_that_is_not_allowed(cli, github, make_server, browser):
    cli.server = make_server(github.config(allowed_ids=[1], device=False))
    github.register(cli.server)
    golden("login-not-allowed", cli.run("login", env=browser))
    golden("device-off", cli.run("login", "--device"))


def test_words_where_there_is_no_github(cli, make_server):
    cli.server = make_server()
    golden("login-single-owner", cli.run("login"))
    golden("login-with-wrong-token", cli.run("login", "--with-token", stdin="faa_wrong"))
    golden("login-without-token", cli.run("login", "--with-token", stdin=""))
    golden("deploy-not-signed-in", cli.run("deploy", "--component", guest_file("hello-wat"), "--name", "mine"))
    cli.server = f"http://localhost:{free_port()}"
    golden("login-unreachable", cli.run("login"))


def test_words_of_a_token_that_does_not_do(cli, server, browser):
    cli.run("login", env=browser).ok()
    token = saved_token(cli)
    made = server.api("POST", "/v1/tokens", {"name": "ci", "scopes": ["deploy:other"]}, token=token).json()["token"]
    deploy = ["deploy", "--component", guest_file("hello-wat"), "--name", "mine"]
    golden("deploy-scope-missing", cli.run(*deploy, env={"FAASTA_TOKEN": made}))
    cli.run("deploy", "--component", guest_file("hello-wat"), "--name", "not-mine").ok()
    server.api("DELETE", "/v1/tokens/current", token=token)
    golden("deploy-token-revoked", cli.run(*deploy))
    golden("whoami-token-revoked", cli.run("whoami"))


def test_words_of_a_name_that_is_taken(cli, github, browser):
    cli.run("login", env=browser).ok()
    cli.run("deploy", "--component", guest_file("hello-wat"), "--name", "adas").ok()
    github.control(user=BOB)
    cli.run("login", env=browser).ok()
    golden("deploy-name-taken", cli.run("deploy", "--component", guest_file("hello-wat"), "--name", "adas"))
    golden("status-of-others", cli.run("status", "adas"))


def test_nothing_in_the_golden_files_is_a_secret():
    files = sorted((TESTS / "golden").glob("*.txt"))
    assert len(files) >= 18
    for file in files:
        assert not re.search(r"faa_|gho_|[0-9a-f]{32}", file.read_text()), file


def test_errors_as_json_are_one_problem(cli, github, browser):
    github.control(decision="deny")
    done = cli.run("login", "--json", env=browser)
    problem = json.loads(done.err.splitlines()[-1])
    assert done.exit == 3 and problem["code"] == "F0306" and problem["fix"] and done.out == "", done
