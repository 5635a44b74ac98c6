"""Checks https and HTTP/2 with programs of others: h2spec, sslyze, testssl.sh, Chromium. `./dev check edge` installs
them. If one is missing, its test is skipped."""
import json
import os
import re
import shutil
import subprocess

import pytest

from support.cli_schema import differences
from support.guests import REPOSITORY

TOOLS = REPOSITORY / "build" / "edge-tools"
SERVER_CONFIG = {"limits": {"cpu_ms": 20_000}}
SERVER_ARGUMENTS = ["--dev-tls", "--tls-listen", "127.0.0.1:0", "--default-function", "sleep"]
POST_QUANTUM_GROUP = 4588                             # X25519MLKEM768 (IANA, TLS Supported Groups)


def tool(name, at=TOOLS):
    found = shutil.which(name, path=f"{at}{os.pathsep}{at}/bin{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed (./dev check edge)")
    return found


@pytest.fixture(scope="module")
def root(server):
    server.deploy("sleep", "sleep")
    server.deploy("hello", "hello")
    return server.data / "tls" / "dev" / "root.pem"


def h2spec(address, *more):
    # The function answers after 30 ms. So all frames of a case have arrived while the stream is still open.
    done = subprocess.run([tool("h2spec"), "--strict", "--host", "localhost" if "--tls" in more else address[0], "--port", str(address[1]), "--path", "/?ms=30", "--timeout", "5", *more],
                          capture_output=True, text=True, timeout=300, check=False)
    counts = re.search(r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed", done.stdout)
    assert counts, done.stdout[-2000:] + done.stderr
    failures = done.stdout.partition("Failures:")[2]
    return tuple(int(one) for one in counts.groups()), failures


def test_h2spec_over_tls(server, root):
    counts, failures = h2spec(server.https, "--tls", "--insecure")
    assert counts == (146, 146, 0, 0), failures


def test_h2spec_in_the_clear(server, root):
    """The port also serves HTTP/1.1, so bytes that are not the preface of HTTP/2 get a 400; h2spec expects no
    answer."""
    counts, failures = h2spec(server.address)
    assert counts == (146, 145, 0, 1) and "Sends invalid connection preface" in failures, failures


def test_sslyze_finds_mozillas_intermediate_profile(server, root):
    done = subprocess.run([tool("sslyze"), "--certinfo", "--certinfo_ca_file", root, "--mozilla_config", "intermediate", f"localhost:{server.https[1]}"],
                          capture_output=True, text=True, timeout=120, check=False)
    assert "OK - Compliant" in done.stdout, done.stdout[-2000:]


def test_testssl_finds_nothing_of_medium_severity(server, root, tmp_path):
    report = tmp_path / "report.json"
    environment = {**os.environ, "CA_BUNDLES_PATH": str(root.parent)}
    subprocess.run([tool("testssl"), "--quiet", "--fast", "--color", "0", "--severity", "MEDIUM", "--jsonfile", report, "--add-ca", root, f"localhost:{server.https[1]}"],
                   capture_output=True, timeout=300, check=False, env=environment)
    found = [one for one in json.loads(report.read_text()) if one["severity"] in ("MEDIUM", "HIGH", "CRITICAL")]
    # A development authority has no revocation, and the machine does not know its root. Other header fields depend on
    # the function.
    assert [one for one in found if not one["id"].startswith(("cert_", "HSTS", "DNS_CAA", "security_headers"))] == [], found


def test_chromium_trusts_what_faasta_trust_was_given(server, root, cli, tmp_path):
    browser = tool("chromium")
    tool("certutil")
    home = tmp_path / "browser"
    home.mkdir()
    at_home = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "PATH": without_update_of_system(tmp_path)}
    faasta = os.environ.get("FAASTA_BIN_DIR", REPOSITORY / "build/release/bin")
    trusted = subprocess.run([f"{faasta}/faasta", "trust", root, "--json"], env=at_home, check=True, capture_output=True)
    assert not differences([["trust", json.loads(trusted.stdout)]])
    log = tmp_path / "net.json"
    page = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={home}/profile", f"--log-net-log={log}", "--dump-dom",
                           f"https://hello.localhost:{server.https[1]}/"], env={**os.environ, "HOME": str(home)}, capture_output=True, text=True, timeout=120, check=False)
    assert "hello from faasta" in page.stdout, page.stderr[-2000:]
    kinds, events = net_log(log)
    handshakes = [event["params"] for event in events if event["type"] == kinds["SSL_CONNECT"] and "next_proto" in event.get("params", {})]
    assert {(one["next_proto"], one["key_exchange_group"], one["version"]) for one in handshakes} == {("h2", POST_QUANTUM_GROUP, "TLS 1.3")}, handshakes


def without_update_of_system(tmp_path):
    """A PATH on which `faasta trust` finds certutil, but not the program that changes the roots of this machine."""
    only = tmp_path / "only"
    only.mkdir()
    (only / "certutil").symlink_to(shutil.which("certutil"))
    return str(only)


def net_log(path):
    text = path.read_text()
    try:
        log = json.loads(text)
    except json.JSONDecodeError:                     # the browser ended before it wrote the end of the list
        log = json.loads(text.rstrip().rstrip(",") + "]}")
    return log["constants"]["logEventTypes"], log["events"]
