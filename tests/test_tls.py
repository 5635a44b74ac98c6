"""https: certificates, names, the redirect from http to https. Tests that need no server are unit tests in src/tls."""
import os
import re
import shutil
import signal
import ssl
import subprocess
import threading
import time

import pytest

from support.http1 import Broken, Connection, request
from support.server import BINARIES, Server, free_port
from support.tls import Authority, TlsConnection, client_context, exchanged, serial
from support.waiting import LONG, eventually, patient

DOMAIN = "fn.test"
LISTEN = "127.0.0.1:0"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def wildcard(authority):
    return authority.issue(DOMAIN, f"*.{DOMAIN}", file="wildcard")


def settings(*pairs, **tls):
    return {"tls": {"listen": LISTEN, "certificates": list(pairs), **tls}}


@pytest.fixture(scope="module")
def secure(tmp_path_factory, authority, wildcard):
    """A server with a wildcard certificate for its base domain."""
    with Server(tmp_path_factory.mktemp("secure"), settings(wildcard), base_domain=DOMAIN) as running:
        running.trust = authority.trust()
        for name, guest in (("echo", "echo"), ("fields", "fields"), ("raw", "hello-raw")):
            running.deploy(name, guest)
        yield running
        assert running.stop() == 0, running.log_file.read_text()[-3000:]


@pytest.fixture
def make_secure(make_server, authority, wildcard):
    """Starts servers with https; `config` is merged over the wildcard's settings."""
    def make(config=None, start=True, **options):
        options.setdefault("base_domain", DOMAIN)
        server = make_server({**settings(wildcard), **(config or {})}, start=start, **options)
        server.trust = authority.trust()
        return server
    return make


def plain(server, name, target="/", method="GET", headers=()):
    """Sends a request over plain http."""
    host = f"{name}.{DOMAIN}" if name else DOMAIN
    with Connection(server.address, patient(20)) as connection:
        return connection.send(request(method, target, host, ["connection: close", *headers])).read_response(method)


def over(server, sni, host, context=None, target="/"):
    """Sends a request for `host` on a connection with the server name `sni`."""
    with TlsConnection(server.https, sni, context or server.trust, patient(20)) as connection:
        return connection.exchange(request("GET", target, host, ["connection: close"]))


def refused(server, sni, context):
    """The reason why a handshake failed."""
    with pytest.raises(ssl.SSLError) as failed:
        TlsConnection(server.https, sni, context, patient(20))
    return failed.value.reason


def handshakes(server, ending):
    return server.prometheus()[f'faasta_tls_handshakes_total{{ending="{ending}"}}']


# ---- what a client and a guest see ----

def test_a_function_by_https(secure):
    assert secure.call("raw").status == 200
    answer = secure.call("echo", "/headers")
    seen = answer.json()
    fields = dict(map(tuple, seen["headers"]))
    assert seen["scheme"] == "https" and fields["x-forwarded-proto"] == "https", seen
    assert fields["forwarded"] == f'for=127.0.0.1;host="echo.{DOMAIN}";proto=https', seen


def test_requests_follow_each_other_on_one_connection(secure):
    with secure.connect(name="echo") as connection:
        assert connection.socket.version() == "TLSv1.3" and connection.socket.selected_alpn_protocol() == "http/1.1"
        for number in range(50):
            body = b"%d" % number * 1000
            assert connection.exchange(request("POST", "/", f"echo.{DOMAIN}", body=body), "POST").body == body


def test_ten_megabytes_up_and_down(secure):
    body = os.urandom(1 << 20) * 10
    data = request("POST", "/", f"echo.{DOMAIN}", ["connection: close"], body)
    with secure.connect(60, name="echo") as connection:
        # The guest answers while it reads, so the test must send and read at the same time.
        connection.buffer = exchanged(connection.socket, data)
        answer = connection.read_response("POST")
    assert answer.status == 200 and answer.whole and answer.body == body


def test_old_clients(secure, authority):
    context = authority.trust()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with TlsConnection(secure.https, f"raw.{DOMAIN}", context) as connection:
        assert connection.socket.version() == "TLSv1.2"
        assert connection.socket.cipher()[0] in ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305")
        assert connection.exchange(request(host=f"raw.{DOMAIN}")).status == 200


def test_a_close_notify_ends_the_connection_in_order(secure):
    with secure.connect(name="raw") as connection:
        connection.send(request(host=f"raw.{DOMAIN}", headers=["connection: close"])).read_response()
        assert connection.ended()       # an end without close_notify would be an SSLEOFError


def test_http_on_this_port(secure):
    for method in ("GET", "DELETE", "OPTIONS"):
        with Connection(secure.https, patient(20)) as connection:
            answer = connection.send(request(method, "/", f"raw.{DOMAIN}")).read_response(method)
            assert answer.status == 400 and "F0610 this port speaks https" in answer.text, answer
    assert handshakes(secure, "in_the_clear") >= 3


# ---- names ----

@pytest.mark.parametrize("name", ["other.test", f"a.b.{DOMAIN}", None])
def test_a_name_that_no_certificate_has(secure, authority, name):
    before = handshakes(secure, "unknown_name")
    context = authority.trust()
    context.check_hostname = False
    assert "UNRECOGNIZED_NAME" in refused(secure, name, context)
    eventually(lambda: handshakes(secure, "unknown_name") == before + 1, 5, "the count")


def test_a_host_that_the_certificate_covers_is_answered(secure):
    assert over(secure, f"raw.{DOMAIN}", f"echo.{DOMAIN}", target="/headers").status == 200
    assert over(secure, f"raw.{DOMAIN}", DOMAIN).status == 200
    assert over(secure, f"raw.{DOMAIN}", f"ECHO.{DOMAIN}:443", target="/headers").status == 200
    assert over(secure, f"raw.{DOMAIN}", f"nobody.{DOMAIN}").status == 404


@pytest.mark.parametrize("host", [f"a.b.{DOMAIN}", "other.test", "localhost", "127.0.0.1"])
def test_a_host_that_the_certificate_does_not_cover_is_misdirected(secure, host):
    answer = over(secure, f"raw.{DOMAIN}", host)
    assert answer.status == 421 and answer.code == "F0502", answer


def test_each_connection_is_judged_by_its_own_certificate(make_secure, authority, wildcard):
    one = authority.issue(f"one.{DOMAIN}", file="one", days=60)
    server = make_secure(settings(wildcard, one))
    server.deploy("one", "hello-raw")
    server.deploy("two", "hello-raw")
    assert over(server, f"one.{DOMAIN}", f"one.{DOMAIN}").status == 200
    assert over(server, f"one.{DOMAIN}", f"two.{DOMAIN}").status == 421
    assert over(server, f"two.{DOMAIN}", f"one.{DOMAIN}").status == 200


def test_behind_the_proxy_protocol(make_secure, authority):
    server = make_secure()
    server.deploy("echo", "echo")
    server.stop()
    server.config_file.write_text(server.config_file.read_text() + '[server]\ntrusted_proxies = ["127.0.0.1"]\nproxy_protocol = true\n')
    server.start()
    header = b"PROXY TCP4 203.0.113.9 192.0.2.1 5555 443\r\n"

    def ask(host):
        with TlsConnection(server.https, f"echo.{DOMAIN}", server.trust, before=header) as connection:
            return connection.exchange(request("GET", "/headers", host, ["connection: close"]))

    seen = ask(f"echo.{DOMAIN}").json()
    fields = dict(map(tuple, seen["headers"]))
    assert fields["x-forwarded-for"] == "203.0.113.9" and fields["x-forwarded-proto"] == "https" and seen["scheme"] == "https", seen
    assert ask("other.test").status == 421
    with pytest.raises(OSError):
        TlsConnection(server.https, f"echo.{DOMAIN}", server.trust)


def test_a_trusted_proxy_speaks_for_many_hosts_on_one_connection(make_secure, authority, wildcard):
    one = authority.issue(f"one.{DOMAIN}", file="one")
    server = make_secure({**settings(wildcard, one), "server": {"trusted_proxies": ["127.0.0.1"]}})
    server.deploy("echo", "echo")
    with TlsConnection(server.https, f"one.{DOMAIN}", server.trust) as connection:
        answer = connection.exchange(request("GET", "/headers", f"echo.{DOMAIN}", ["x-forwarded-for: 203.0.113.9", "x-forwarded-proto: https"]))
    assert answer.status == 200 and dict(map(tuple, answer.json()["headers"]))["x-forwarded-for"] == "203.0.113.9", answer


# ---- the redirect from http to https ----

@pytest.mark.parametrize("name", ["raw", "api", ""])
def test_http_answers_with_the_https_address(secure, name):
    host = f"{name}.{DOMAIN}" if name else DOMAIN
    for method in ("GET", "POST", "HEAD"):
        answer = plain(secure, name, "/a/b?c=d&e=%20f", method)
        assert answer.status == 308 and answer.header("location") == f"https://{host}:{secure.https[1]}/a/b?c=d&e=%20f", answer
        assert not answer.header("strict-transport-security"), answer


def test_http_knows_no_name_that_does_not_exist(secure):
    assert plain(secure, "nobody").status == 404
    assert plain(secure, "raw--v1").status == 308
    assert plain(secure, "raw--v99").status == 404
    assert plain(secure, "a.b").status == 404


def test_the_redirect_has_the_public_port(make_secure):
    server = make_secure(top={"public_url": f"https://{DOMAIN}"})
    assert plain(server, "api").header("location") == f"https://api.{DOMAIN}/"


def test_the_owner_is_told_to_sign_in_by_https(secure):
    assert secure.event("single_owner")["sign_in"].startswith(f"faasta --server https://{DOMAIN}:{secure.https[1]} login "), secure.event("single_owner")


def test_http_may_go_on(make_secure, wildcard):
    server = make_secure(settings(wildcard, redirect=False))
    server.deploy("raw", "hello-raw")
    assert plain(server, "raw").status == 200
    assert server.call("raw").status == 200


def test_hsts_is_short_in_the_first_week(make_secure):
    server = make_secure()
    server.deploy("fields", "fields")
    name = "strict-transport-security"
    assert server.call("fields").all(name) == ["max-age=300"]
    assert server.api("GET", "/readyz").all(name) == ["max-age=300"]
    assert server.call("nobody").all(name) == ["max-age=300"]
    assert server.call("fields", f"/?set={name}:max-age=7").all(name) == ["max-age=7"]
    since = server.data / "tls" / "since"
    server.stop()
    since.write_text("2020-01-01T00:00:00.000Z")
    server.start()
    assert server.call("fields").all(name) == ["max-age=31536000"]


def test_no_hsts_if_the_operator_says_so(make_secure, wildcard):
    server = make_secure(settings(wildcard, hsts=False))
    assert not server.api("GET", "/readyz").header("strict-transport-security")


# ---- certificates that change ----

def install(pair, target):
    """Replaces the files in the way of a program that renews certificates: one file after the other, each in one step."""
    for kind in ("key", "certificate"):
        fresh = target[kind].with_name(target[kind].name + ".new")
        shutil.copy(pair[kind], fresh)
        os.replace(fresh, target[kind])


def test_certificates_are_swapped_under_load(make_secure, authority, tmp_path):
    pairs = [authority.issue(DOMAIN, f"*.{DOMAIN}", file=f"swap{number}") for number in range(2)]
    used = {kind: tmp_path / "used" / f"used.{kind}" for kind in ("certificate", "key")}
    used["key"].parent.mkdir()
    install(pairs[0], used)
    server = make_secure(settings(used))
    server.deploy("raw", "hello-raw")
    problems, counted, over_now = [], [0], threading.Event()

    def keep_asking():
        while not over_now.is_set():
            try:
                answer = server.call("raw")
                if answer.status != 200 or not answer.whole:
                    problems.append(answer)
                counted[0] += 1
            except (OSError, Broken) as error:
                problems.append(error)

    def shown():
        with server.connect(name="raw") as connection:
            return serial(connection)

    def is_shown(number):
        return lambda: shown() == serials[number]

    load = [threading.Thread(target=keep_asking) for _ in range(2)]
    with server.connect(name="raw") as kept:
        first = serial(kept)
        serials = {0: first}
        install(pairs[1], used)
        serials[1] = eventually(lambda: (now := shown()) != first and now, 20, "the change of the files is noticed")
        for thread in load:
            thread.start()
        for number in range(10_000 if LONG else 300):
            install(pairs[number % 2], used)
            server.process.send_signal(signal.SIGHUP)
            eventually(is_shown(number % 2), 20, f"swap {number}")
        over_now.set()
        for thread in load:
            thread.join()
        assert kept.exchange(request(host=f"raw.{DOMAIN}")).status == 200, "a connection keeps what it has"
    assert not problems, problems[:3]
    assert counted[0] > 100
    assert handshakes(server, "failed") == 0
    assert server.process.poll() is None


def test_a_bad_file_keeps_the_old_certificate(make_secure, authority, tmp_path):
    pair = authority.issue(DOMAIN, f"*.{DOMAIN}", folder=tmp_path / "certificates")
    good = pair["certificate"].read_bytes()
    server = make_secure({"tls": {"listen": LISTEN, "folder": "../certificates"}})
    figures = server.prometheus()
    seconds = figures[f'faasta_certificate_remaining_seconds{{name="*.{DOMAIN}",custom_domain="false"}}']
    problem = next(key for key in figures if key.startswith("faasta_certificate_problem"))
    assert 29 < seconds / 86_400 <= 30 and figures[problem] == 0 and problem.endswith('server.crt"}'), figures
    assert "certificates" not in server.api("GET", "/readyz").json()
    pair["certificate"].write_bytes(b"not a certificate")
    eventually(lambda: server.prometheus()[problem] == 1, 20, "the metric")
    assert server.api("GET", "/readyz").json()["certificates"] == "kept"
    kept = eventually(lambda: server.event("certificate_kept"), 20, "the log's line")
    assert "server.crt: it has no certificate in PEM form" in kept["cause"] and kept["in_use"] is True, kept
    assert server.prometheus()[f'faasta_certificate_remaining_seconds{{name="*.{DOMAIN}",custom_domain="false"}}'] == pytest.approx(seconds, abs=600)
    pair["certificate"].write_bytes(good)
    eventually(lambda: server.prometheus()[problem] == 0, 20, "the metric")
    assert "certificates" not in server.api("GET", "/readyz").json()


def test_a_certificate_of_two_files_is_one_figure(make_secure, authority, wildcard):
    server = make_secure(settings(wildcard, authority.issue(f"*.{DOMAIN}", file="longer", days=90)))
    with Connection(server.admin) as connection:
        text = connection.exchange(request("GET", "/metrics", "localhost")).text
    lines = [line for line in text.splitlines() if line.startswith(f'faasta_certificate_remaining_seconds{{name="*.{DOMAIN}",custom_domain="false"}}')]
    assert len(lines) == 1 and 89 < float(lines[0].split()[-1]) / 86_400 <= 90, lines
    # The lines of one metric must be together.
    names = [line.split("{")[0].split(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    families = [name for number, name in enumerate(names) if number == 0 or names[number - 1] != name]
    own = [name for name in families if name.startswith(("faasta_certificate", "faasta_tls"))]
    assert len(own) == len(set(own)) == 3, own


def test_a_certificate_that_expires_soon_is_told(make_secure, authority, tmp_path):
    """The server reports this when less than a fifth of the certificate's lifetime is left."""
    for days, told in ((21, None), (19, "expiring")):
        pair = authority.issue(DOMAIN, f"*.{DOMAIN}", folder=tmp_path / "soon", days=days, days_ago=100 - days)
        server = make_secure(settings(pair))
        answer = server.api("GET", "/readyz")
        assert answer.status == 200 and answer.json().get("certificates") == told, answer


def test_a_new_pair_in_the_folder_is_found(make_secure, authority, tmp_path):
    folder = tmp_path / "folder"
    authority.issue(f"*.{DOMAIN}", folder=folder, file="first")
    server = make_secure({"tls": {"listen": LISTEN, "folder": str(folder)}})
    context = authority.trust()
    assert "UNRECOGNIZED_NAME" in refused(server, "other.test", context)
    authority.issue("other.test", folder=folder, file="second")
    eventually(lambda: server.prometheus().get('faasta_certificate_remaining_seconds{name="other.test",custom_domain="false"}'), 20, "the new certificate")
    TlsConnection(server.https, "other.test", context).close()


# ---- the start ----

def failed_start(server):
    server.spawn()
    code = server.process.wait(patient(20))
    return code, server.log_file.read_text()


@pytest.mark.parametrize("tls, arguments, code, needles", [
    ({"listen": LISTEN}, [], 2, ["F0801", "no CA gives a certificate for localhost"]),
    ({"certificates": [{"certificate": "a.crt", "key": "a.key"}]}, [], 2, ["F0801", "set tls.listen"]),
    ({"folder": "certificates"}, [], 2, ["F0801", "set tls.listen"]),
    ({"listen": LISTEN, "certificates": [{"certificate": "none.crt", "key": "none.key"}]}, [], 2, ["F0806", "none.crt", "No such file"]),
    ({"listen": LISTEN, "folder": "none"}, [], 2, ["F0806", "none", "No such file"]),
    ({"listen": LISTEN, "certificates": [{"certificate": "none.crt"}]}, [], 2, ["F0801", "tables with `certificate` and `key`"]),
    ({"listen": LISTEN, "certificates": [{"certificate": "none.crt", "kez": "none.key"}]}, [], 2, ["F0801", "tables with `certificate` and `key`"]),
    ({"listen": "here"}, [], 2, ["F0801", "'here' is not ADDRESS:PORT"]),
    ({"folder": "certificates"}, ["--dev-tls"], 2, ["F0801", "--dev-tls makes certificates of its own"]),
    ({"listen": "0.0.0.0:0"}, ["--dev-tls"], 2, ["F0801", "can be reached by others"]),
], ids=range(10))
def test_a_wrong_configuration_ends_the_start(make_server, tls, arguments, code, needles):
    server = make_server({"tls": tls}, start=False, arguments=arguments)
    ended, said = failed_start(server)
    assert ended == code and all(needle in said for needle in needles), (ended, said)


def test_dev_tls_is_for_this_machine_also_if_the_owner_may_be_remote(make_server):
    server = make_server({"tls": {"listen": "0.0.0.0:0"}, "auth": {"allow_remote_owner": True}}, start=False, arguments=["--dev-tls"])
    ended, said = failed_start(server)
    assert ended == 2 and "--dev-tls is for this machine, and 0.0.0.0:0 can be reached by others" in said, said


def test_a_key_of_another_certificate_ends_the_start(make_secure, authority, wildcard):
    other = authority.issue(f"other.{DOMAIN}", file="other")
    ended, said = failed_start(make_secure(settings({"certificate": wildcard["certificate"], "key": other["key"]}), start=False))
    assert ended == 2 and "F0806" in said and "other.key: the private key does not belong to the first certificate of" in said, said


def test_a_port_that_is_taken_is_named_with_its_option(make_secure, wildcard):
    taken = free_port()
    import socket
    with socket.create_server(("127.0.0.1", taken)):
        ended, said = failed_start(make_secure(settings(wildcard, listen=f"127.0.0.1:{taken}"), start=False))
    assert ended != 0 and "F0803" in said and f"--tls-listen: bind 127.0.0.1:{taken}" in said, said
    assert "--tls-listen ADDRESS:PORT" in said, said


def test_both_addresses_may_not_be_one(make_secure, wildcard):
    same = f"127.0.0.1:{free_port()}"
    server = make_secure(settings(wildcard, listen=same), start=False)
    server.spawn(listen=same)
    assert server.process.wait(patient(20)) != 0
    assert f"--tls-listen: bind {same}" in server.log_file.read_text()


def test_a_warning_if_no_certificate_covers_functions(make_secure, authority):
    server = make_secure(settings(authority.issue("other.test", file="useless")))
    assert eventually(lambda: server.event("certificate_missing"), 20, "the log's line")["name"] == f"*.{DOMAIN}"


# ---- development ----

def test_dev_tls(make_server):
    server = make_server(arguments=["--dev-tls", "--tls-listen", LISTEN])
    root = server.data / "tls" / "dev" / "root.pem"
    assert root.stat().st_mode & 0o777 == 0o644 and root.with_suffix(".key").stat().st_mode & 0o777 == 0o600
    server.deploy("raw", "hello-raw")       # over http, which still works
    server.trust = client_context(root)
    answer = server.call("raw")
    assert answer.status == 200 and not answer.header("strict-transport-security"), answer
    assert server.api("GET", "/healthz").status == 200
    assert "UNRECOGNIZED_NAME" in refused(server, "example.com", server.trust)
    before = root.read_bytes()
    server.restart()
    assert root.read_bytes() == before
    assert server.call("raw").status == 200


# ---- sessions ----

@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_outlives_a_restart(make_secure, authority, version):
    server = make_secure()
    server.deploy("raw", "hello-raw")
    context = authority.trust()
    context.minimum_version = context.maximum_version = version

    def connect(session=None):
        return TlsConnection(server.https, f"raw.{DOMAIN}", context, session=session)

    with connect() as connection:
        assert connection.exchange(request(host=f"raw.{DOMAIN}")).status == 200
        session = connection.socket.session
    server.restart()
    with connect(session) as connection:
        assert connection.exchange(request(host=f"raw.{DOMAIN}")).status == 200
        assert connection.socket.session_reused
    assert handshakes(server, "resumed") == 1
    assert (server.data / "tls" / "ticket-keys").stat().st_mode & 0o777 == 0o600


def test_ticket_keys_are_in_the_runtime_folder(make_secure, tmp_path):
    server = make_secure(start=False)
    (tmp_path / "run").mkdir()
    server.more_environment = {"RUNTIME_DIRECTORY": f"{tmp_path / 'run'}:{tmp_path / 'other'}"}
    server.start()
    assert (tmp_path / "run" / "ticket-keys").exists() and not (server.data / "tls" / "ticket-keys").exists()


# ---- the load during the handshake ----

def test_a_function_is_loaded_behind_the_handshake(make_secure):
    server = make_secure({"server": {"server_timing": True}})
    server.deploy("raw", "hello-raw")
    server.restart()

    def loaded():
        return server.prometheus()["faasta_components_loaded"]

    assert loaded() == 0
    with server.connect(name="raw") as connection:
        eventually(lambda: loaded() == 1, 5, "the code is loaded, and no request has come")
        answer = connection.exchange(request(host=f"raw.{DOMAIN}", headers=["connection: close"]))
    assert answer.status == 200 and answer.header("x-faasta-cold") == "0", answer
    load = float(re.search(r"load;dur=([0-9.]+)", answer.header("server-timing"))[1])
    assert load < 0.05, answer      # in ms: only a look-up in the cache; a load takes at least 0.2 ms
    # An unknown name loads nothing. Only the request is refused, not the handshake.
    with server.connect(name="nobody") as connection:
        assert connection.exchange(request(host=f"nobody.{DOMAIN}")).status == 404
    assert loaded() == 1


# ---- the end ----

def test_a_stop_ends_connections_in_order(make_secure):
    server = make_secure()
    server.deploy("sleep", "sleep")
    with server.connect(name="sleep") as running, server.connect(name="sleep") as idle, Connection(server.https) as silent:
        idle.exchange(request("GET", "/?ms=1", f"sleep.{DOMAIN}"))
        running.send(request("GET", "/?ms=1000", f"sleep.{DOMAIN}"))
        eventually(lambda: server.running_calls() == 1, 5, "a running call")
        server.process.send_signal(signal.SIGTERM)
        assert idle.ended() and silent.ended()
        for address in (server.address, server.https):
            with pytest.raises(OSError):
                eventually(lambda: Connection(address, 1).close(), 5, "the address is closed")
        answer = running.read_response()
        assert answer.whole and answer.text == "slept 1000 ms\n"
        assert running.ended()
    assert server.process.wait(patient(5)) == 0


# ---- what is in the executables ----

@pytest.mark.parametrize("program", ["faastad", "faasta"])
def test_the_executable_exports_no_library(program):
    symbols = subprocess.run(["nm", "-D", "--defined-only", BINARIES / program], check=True, capture_output=True, text=True).stdout.split("\n")
    names = [line.split()[-1] for line in symbols if line]
    assert not [name for name in names if name.startswith(("SSL_", "EVP_", "nghttp2_", "CRYPTO_", "X509_"))]
