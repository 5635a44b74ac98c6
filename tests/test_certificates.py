"""Certificates from a CA (Pebble): proofs by the server's own DNS server, by the operator's program, and by
dns-persist-01; renewals; failures of the CA and of DNS."""
import contextlib
import datetime
import json
import os
import socket
import ssl
import subprocess
import threading

import pytest

from support.http1 import Connection, request
from support.pebble import Names, Pebble
from support.server import BINARIES, Server, free_port
from support.tls import Authority, TlsConnection, client_context, serial
from support.waiting import LONG, eventually

BASE, DAY = "faasta.example", 86_400


@pytest.fixture(name="names")
def names_fixture(tmp_path):
    names = Names(tmp_path)
    yield names
    names.stop()


@contextlib.contextmanager
def pebble(folder, dns, **options):
    ca = Pebble(folder / "pebble", dns, **options)
    try:
        yield ca
    finally:
        ca.stop()


def served(folder, ca, **acme):
    """A server that gets its certificate from Pebble. Without `resolver`, it asks its own DNS server."""
    acme = {"directory": ca.directory, "root": str(ca.root), **acme}
    return Server(folder / "server", {"acme": acme, "tls": {"redirect": False}}, base_domain=BASE, arguments=["--tls-listen", "127.0.0.1:0"])


def issued(server, seconds=60):
    """Waits for a certificate."""
    return eventually(lambda: server.event("certificate_issued"), seconds, "the certificate")


def trusted(ca, folder):
    path = folder / "root.pem"
    path.write_text(ca.issuer())
    return client_context(path)


def shown_serial(server, context, name=f"hello.{BASE}"):
    with contextlib.closing(TlsConnection(server.https, name, context)) as connection:
        return serial(connection)


def command(server, *words):
    return subprocess.run([BINARIES / "faastad", "certificates", *words, "--config", server.config_file, "--data", server.data, "--base-domain", BASE],
                          capture_output=True, text=True, timeout=30, check=False)


def listed(server):
    return json.loads(command(server, "list", "--json").stdout)[0]


def test_the_server_answers_for_the_proof_itself(tmp_path):
    dns = free_port()
    with pebble(tmp_path, dns) as ca, served(tmp_path, ca, dns_listen=f"127.0.0.1:{dns}", resolver=f"127.0.0.1:{dns}") as server:
        assert server.event("certificate_missing")
        server.deploy("hello", "hello-wat")
        issued(server)
        context = trusted(ca, tmp_path)
        for name in (f"hello.{BASE}", BASE, f"api.{BASE}"):
            eventually(lambda name=name: shown_serial(server, context, name))
        with contextlib.closing(TlsConnection(server.https, f"hello.{BASE}", context)) as connection:
            assert connection.exchange(request("GET", "/", f"hello.{BASE}")).status == 200
        # The port is open only while a proof is under way.
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", dns)) != 0
        metrics = server.prometheus()
        assert metrics['faasta_certificate_orders_total{result="issued"}'] == 1
        assert metrics[f'faasta_certificate_remaining_seconds{{name="*.{BASE}",custom_domain="false"}}'] > 80 * DAY


def test_until_the_certificate_comes_the_handshake_has_another(tmp_path):
    """The CA cannot be reached, and the start does not wait for it."""
    class Nothing:
        directory, root = f"https://localhost:{free_port()}/dir", tmp_path / "none.pem"
    Nothing.root.write_text("")
    with served(tmp_path, Nothing) as server:
        context = client_context(server.data / "tls" / "fallback" / "root.pem")
        assert shown_serial(server, context, BASE)
        eventually(lambda: server.event("certificate_not_issued"), 60)
        ready = json.loads(server.api("GET", "/readyz").body)
        assert (ready["status"], ready["certificates"]) == ("ready", "missing")
        one = listed(server)
        assert "localhost" in one["problem"] and "expires" not in one
        text = command(server, "list").stdout
        assert "no certificate that is valid now" in text and "the last order failed" in text


def test_the_operators_program_writes_the_record(tmp_path, names):
    with pebble(tmp_path, names.port) as ca, served(tmp_path, ca, dns_hook=names.hook(tmp_path), resolver=f"127.0.0.1:{names.port}") as server:
        issued(server)
        assert shown_serial(server, trusted(ca, tmp_path))
    lines = (tmp_path / "hook.log").read_text().split("\n")[:-1]
    # The name and its wildcard need one record each, and both records have the same name.
    assert sorted(lines) == [f"cleanup _acme-challenge.{BASE}."] * 2 + [f"present _acme-challenge.{BASE}."] * 2


def test_a_program_that_fails_is_named(tmp_path, names):
    hook = tmp_path / "hook"
    hook.write_text("#!/bin/sh\nexit 7\n")
    hook.chmod(0o755)
    with pebble(tmp_path, names.port) as ca, served(tmp_path, ca, dns_hook=str(hook)) as server:
        line = eventually(lambda: server.event("certificate_not_issued"), 60)
        assert f"{hook} present _acme-challenge.{BASE}" in line["cause"] and "status 7" in line["cause"]


def test_a_lasting_record_is_enough(tmp_path, names):
    """dns-persist-01: the problem of the first order has the record to set. When the record is set, all orders succeed."""
    record = f"_validation-persist.{BASE}"
    with pebble(tmp_path, names.port) as ca, served(tmp_path, ca, proof="dns-persist-01", resolver=f"127.0.0.1:{names.port}") as server:
        line = eventually(lambda: server.event("certificate_not_issued"), 60)
        assert record in line["cause"] and "is needed, once: it " in line["cause"]
        value = line["cause"].partition("its value must be: ")[2]
        # The CA chooses which of the two names it checks first. Only the wildcard's record needs the policy.
        assert "; accounturi=https://localhost" in value
        value = value.removesuffix("; policy=wildcard") + "; policy=wildcard"
        assert f"{record}.  TXT" in command(server, "setup").stdout
        names.set_text(record, value)
        assert command(server, "renew").returncode == 0
        issued(server)
        assert shown_serial(server, trusted(ca, tmp_path))


def test_a_missing_record_is_told_before_the_ca_looks(tmp_path, names):
    """The delegation of the name is missing. So the CA is not asked to look, because it counts failures."""
    acme = {"dns_listen": f"127.0.0.1:{free_port()}", "resolver": f"127.0.0.1:{names.port}", "dns_wait_s": 2}
    with pebble(tmp_path, names.port) as ca, served(tmp_path, ca, **acme) as server:
        line = eventually(lambda: server.event("certificate_not_issued"), 60)
        assert f"the TXT record _acme-challenge.{BASE} cannot be seen" in line["cause"] and "delegate" in line["cause"]
        assert "set valid" not in (ca.folder / "pebble.log").read_text() and "Pulled a task" not in (ca.folder / "pebble.log").read_text()
        assert "NS" in command(server, "setup").stdout


def test_renewal_by_request_and_by_the_cas_window(tmp_path):
    dns = free_port()
    with pebble(tmp_path, dns, faults=5) as ca, served(tmp_path, ca, dns_listen=f"127.0.0.1:{dns}", resolver=f"127.0.0.1:{dns}") as server:
        issued(server)
        context = trusted(ca, tmp_path)
        first = shown_serial(server, context)
        assert listed(server)["days_left"] > 80
        live = server.data / "tls" / "acme" / "live" / f"_.{BASE}" / "fullchain.pem"
        with contextlib.closing(TlsConnection(server.https, f"hello.{BASE}", context)) as kept:
            assert command(server, "renew").returncode == 0
            second = eventually(lambda: (now := shown_serial(server, context)) != first and now, 60)
            # A connection keeps the certificate with which it began.
            assert kept.exchange(request("GET", "/", f"nobody.{BASE}")).status == 404
        # The server uses the new window at its next check, and a restart checks at once.
        server.stop()
        now = datetime.datetime.now(datetime.timezone.utc)
        at = [(now + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ") for hours in (-2, -1)]
        ca.set_renewal_window(live.read_text(), *at)
        state = server.data / "tls" / "acme" / "states" / f"_.{BASE}.json"
        kept_state = json.loads(state.read_text())
        assert len(kept_state["orders"]) == 2
        state.write_text(json.dumps({**kept_state, "ask_again": 0, "last_success": 0}))
        server.start()
        assert eventually(lambda: shown_serial(server, context) not in (first, second), 60)
        # Only the certificate in use and the previous certificate are kept.
        assert len(list((server.data / "tls" / "acme" / "issued").iterdir())) == 2


@pytest.mark.parametrize("number", range(50 if LONG else 1))
def test_renewals_under_load_fail_no_handshake(tmp_path, number):
    """The CA refuses one nonce of five, while clients make connections. An order may fail, and is made again later. A server
    makes at most five orders in an hour, of which the first is no renewal."""
    dns = free_port()
    with pebble(tmp_path, dns, faults=20) as ca, served(tmp_path, ca, dns_listen=f"127.0.0.1:{dns}", resolver=f"127.0.0.1:{dns}") as server:
        issued(server, 200)
        context, over, problems, handshakes = trusted(ca, tmp_path), threading.Event(), [], [0, 0]

        def orders():
            return sum(line.get("event") == "certificate_ordered" for line in server.log_lines())

        def connect(client):
            while not over.is_set():
                try:
                    shown_serial(server, context)
                    handshakes[client] += 1
                except OSError as error:
                    problems.append(error)
                over.wait(0.01)                          # the pace of the load
        clients = [threading.Thread(target=connect, args=(client,)) for client in range(len(handshakes))]
        for client in clients:
            client.start()
        try:
            seen = {shown_serial(server, context)}
            while orders() < 5:
                before = orders()
                assert command(server, "renew").returncode == 0
                eventually(lambda before=before: orders() > before, 200, "an order")
                ended = eventually(lambda: (now := shown_serial(server, context)) not in seen and now or server.event("certificate_not_issued"), 200, "the end of the order")
                seen.add(ended if isinstance(ended, str) else shown_serial(server, context))
        finally:
            over.set()
            for client in clients:
                client.join()
        print(f"{len(seen) - 1} renewals, {orders()} orders, {sum(handshakes)} handshakes")
        assert not problems, problems[:3]
        assert len(seen) > 1 and sum(handshakes) > 50


def test_an_account_that_the_ca_forgot_is_made_anew(tmp_path):
    dns, port = free_port(), free_port()
    with pebble(tmp_path, dns, port=port) as ca:
        server = served(tmp_path, ca, dns_listen=f"127.0.0.1:{dns}", resolver=f"127.0.0.1:{dns}")
        with server:
            issued(server)
            server.stop()
    with pebble(tmp_path, dns, port=port) as ca, server:  # another Pebble, which knows no account
        assert command(server, "renew").returncode == 0
        issued(server)
        assert server.event("certificate_account_forgotten")


def test_what_cannot_be_a_setting_is_told(tmp_path):
    def answer(acme, *arguments, base=BASE):
        server = Server(tmp_path / "wrong", {"acme": acme}, base_domain=base, arguments=["--tls-listen", "127.0.0.1:0", *arguments])
        server.spawn()
        assert server.process.wait(20) != 0
        return (tmp_path / "wrong" / "server.log").read_text()
    assert "no CA gives a certificate for localhost" in answer({}, base="localhost")
    assert "must be dns-01 or dns-persist-01" in answer({"proof": "http-01"})
    assert "acme.binding_key_file" in answer({"binding_id": "x"})
    assert "mailto:" in answer({"contact": "me@example.com"})
    (tmp_path / "roots.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert "a root certificate of the CA" in answer({"root": str(tmp_path / "roots.pem")})


@pytest.mark.parametrize("moment", [number * 0.02 for number in range(100)] if LONG else [0.0, 0.1, 0.8])
def test_a_crash_during_an_order_leaves_a_whole_certificate(tmp_path, moment):
    """The process is killed at different moments of an order; the next start has the old or the new certificate."""
    dns = free_port()
    with pebble(tmp_path, dns) as ca, served(tmp_path, ca, dns_listen=f"127.0.0.1:{dns}", resolver=f"127.0.0.1:{dns}") as server:
        issued(server)
        context = trusted(ca, tmp_path)
        first = shown_serial(server, context)
        command(server, "renew")
        eventually(lambda: sum(line.get("event") == "certificate_ordered" for line in server.log_lines()) == 2, 30)
        # This is no wait for a condition: the test varies the moment of the crash.
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(moment or 0.001)
        server.kill()
        server.start()
        assert shown_serial(server, context) in (first, eventually(lambda: shown_serial(server, context)))
        folder = server.data / "tls" / "acme"
        assert len(json.loads((folder / "states" / f"_.{BASE}.json").read_text())["orders"]) in (2, 3)
        assert os.readlink(folder / "live" / f"_.{BASE}")


def test_a_plain_handshake_does_not_get_a_proof(tmp_path):
    """No proof is under way, so a client that offers acme-tls/1 is refused."""
    dns = free_port()
    with pebble(tmp_path, dns) as ca, served(tmp_path, ca, dns_listen=f"127.0.0.1:{dns}", resolver=f"127.0.0.1:{dns}") as server:
        issued(server)
        with pytest.raises(ssl.SSLError, match="unrecognized name"):
            TlsConnection(server.https, BASE, client_context(ca.root, protocols=("acme-tls/1",)))
        with Connection(server.address) as connection:
            assert connection.exchange(request("GET", "/.well-known/acme-challenge/x", BASE)).status in (200, 308, 404)


def test_functions_cannot_prove_names(tmp_path):
    """The owner of a function could otherwise get a certificate for its name, and keep it."""
    server = Server(tmp_path / "server", {"tls": {"certificates": [Authority(tmp_path / "ca").issue("*.example.test", "example.test")], "redirect": False, "listen": "127.0.0.1:0"}},
                    base_domain="example.test")
    with server:
        server.deploy("echo", "echo", verify=False)
        with Connection(server.address) as connection:
            assert connection.exchange(request("GET", "/.well-known/acme-challenge/token", "echo.example.test")).status == 404
            assert connection.exchange(request("GET", "/.well-known/pki-validation/fileauth.txt", "echo.example.test")).status == 404
            assert connection.exchange(request("GET", "/.well-known/other", "echo.example.test")).status == 200


def test_functions_cannot_prove_names_behind_a_proxy(tmp_path):
    server = Server(tmp_path / "server", {"server": {"trusted_proxies": ["127.0.0.1/32"]}}, base_domain="example.test", top={"public_url": "https://example.test"})
    with server:
        server.deploy("echo", "echo", verify=False)
        with Connection(server.address) as connection:
            def status(path):
                return connection.exchange(request("GET", path, "echo.example.test", ["x-forwarded-for: 192.0.2.1", "x-forwarded-proto: https"])).status
            assert [status("/.well-known/" + path) for path in ("acme-challenge/token", "pki-validation/a.txt", "other")] == [404, 404, 200]
