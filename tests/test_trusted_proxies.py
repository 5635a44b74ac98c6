"""How the server finds the client: trusted proxies and the PROXY protocol. Guests, limits by address, logs and URLs get
the same result."""
import socket
import struct

import pytest

from support.http1 import Connection, request
from support.waiting import eventually, patient

TRUSTED = {"server": {"trusted_proxies": ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"]}}
OTHERS = {"server": {"trusted_proxies": ["192.0.2.0/24", "::1"]}}
FROM = ["x-forwarded-for: 203.0.113.9", "x-forwarded-proto: https"]


def seen_by_guest(server, *headers, connection=None, host="echo.localhost"):
    data = request("GET", "/headers", host, ["connection: close", *headers])
    if connection is None:
        with server.connect() as connection:
            answer = connection.exchange(data)
    else:
        answer = connection.exchange(data)
    assert answer.status == 200, answer
    seen = answer.json()
    return {**seen, **dict(map(tuple, seen["headers"]))}


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    from support.server import Server
    with Server(tmp_path_factory.mktemp("behind"), TRUSTED) as running:
        running.deploy("echo", "echo")
        yield running


@pytest.fixture(scope="module")
def among_others(tmp_path_factory):
    from support.server import Server
    with Server(tmp_path_factory.mktemp("others"), OTHERS) as running:
        running.deploy("echo", "echo")
        yield running


def test_a_guest_sees_the_client_of_a_trusted_proxy(behind):
    seen = seen_by_guest(behind, *FROM)
    assert seen["x-forwarded-for"] == "203.0.113.9" and seen["x-forwarded-proto"] == "https", seen
    assert seen["forwarded"] == 'for=203.0.113.9;host="echo.localhost";proto=https', seen
    assert "https" in seen["scheme"].lower(), seen


@pytest.mark.parametrize("headers, client", [
    (["forwarded: for=203.0.113.9;proto=https"], "203.0.113.9"), (['forwarded: for="[2001:db8::9]:4711";proto=https'], "2001:db8::9"),
    (["x-forwarded-proto: https", "x-forwarded-for: 1.2.3.4, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
    (["x-forwarded-proto: https", "x-forwarded-for: 1.2.3.4", "x-forwarded-for: 203.0.113.9", "x-forwarded-for: 10.1.2.3, fd00::1"], "203.0.113.9"),
    (["forwarded: for=1.2.3.4, for=203.0.113.9;proto=https, for=10.1.2.3"], "203.0.113.9"),
])
def test_the_fields_are_read_from_right_to_left(behind, headers, client):
    seen = seen_by_guest(behind, *headers)
    assert seen["x-forwarded-for"] == client and seen["x-forwarded-proto"] == "https", seen


@pytest.mark.parametrize("headers", [["forwarded: for=1.2.3.4", "x-forwarded-for: 203.0.113.9"], ["x-forwarded-for: 1.2.3.4", "x-forwarded-proto: gopher"],
                                     ['forwarded: for="1.2.3.4'], ["forwarded: for=1.2.3.4 for=5.6.7.8"]])
def test_fields_that_contradict_each_other_are_refused(behind, headers):
    answer = behind.call("echo", "/headers", headers=headers)
    assert (answer.status, answer.code) == (400, "F0601"), answer


def test_others_are_not_believed(among_others):
    seen = seen_by_guest(among_others, *FROM, "forwarded: for=203.0.113.9;proto=https", "x-forwarded-host: evil.test")
    assert seen["x-forwarded-for"] == "127.0.0.1" and seen["x-forwarded-proto"] == "http" and "203.0.113.9" not in str(seen) and "evil" not in str(seen), seen


def test_the_host_of_a_proxy_that_asks_by_address(behind):
    seen = seen_by_guest(behind, "x-forwarded-host: echo.localhost:8443", *FROM, host="127.0.0.1:8080")
    assert seen["authority"] == seen["x-forwarded-host"] == "echo.localhost:8443", seen
    # If the host field names a host below the base domain, the forwarded host is ignored, so it cannot select another
    # function.
    seen = seen_by_guest(behind, "x-forwarded-host: other.localhost", *FROM)
    assert seen["authority"] == "echo.localhost", seen


def test_the_log_has_client_and_scheme(behind):
    behind.call("echo", "/headers", headers=[*FROM, "x-request-id: find-me"])
    line = eventually(lambda: next((line for line in behind.log_lines() if line.get("request_id") == "find-me"), None), 5, "the access log's line")
    assert line["client"] == "203.0.113.9" and line["scheme"] == "https", line


def test_urls_are_those_of_the_proxy(behind):
    told = behind.api("GET", "/v1/functions/echo", headers=FROM).json()
    assert told["url"] == "https://echo.localhost/", told
    with behind.connect() as connection:
        lines = ["connection: close", f"authorization: Bearer {behind.token}", *FROM]
        told = connection.exchange(request("GET", "/v1/functions/echo", "api.localhost:8443", lines)).json()
    assert told["url"] == "https://echo.localhost:8443/", told
    told = behind.api("GET", "/v1/functions/echo").json()     # a request of the proxy itself, over http
    assert told["url"].startswith("http://echo.localhost"), told


def test_limits_by_address_are_those_of_clients(make_server):
    server = make_server({**TRUSTED, "auth": {"logins_per_minute": 1}})
    def ask(client):
        return server.call("api", "/v1/login", headers=[f"x-forwarded-for: {client}"]).status
    first = [ask("203.0.113.9") for _ in range(14)]
    assert first[0] == 200 and first[-1] == 429, first
    assert ask("1.1.1.1, 203.0.113.9") == 429
    assert ask("203.0.113.10") == 200
    assert ask("2001:db8::1") == 200


# ---- the PROXY protocol ----

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PROXIED = {"server": {"trusted_proxies": ["127.0.0.1"], "proxy_protocol": True}}


def second(source="203.0.113.9", port=8443, tls=None, command=0x21):
    rest = socket.inet_aton(source) + socket.inet_aton("10.0.0.1") + struct.pack("!HH", 4711, port)
    if tls is not None:
        rest += struct.pack("!BHBI", 0x20, 5, tls, 0)
    return SIGNATURE + struct.pack("!BBH", command, 0x11, len(rest)) + rest


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """A server that requires PROXY headers. The functions are deployed before it does, because the tests' client sends
    no such headers."""
    from support.server import Server, toml, merged, ROOMY
    server = Server(tmp_path_factory.mktemp("proxied"), {})
    server.start()
    server.deploy("echo", "echo")
    server.stop()
    server.config_file.write_text(toml(merged(ROOMY, PROXIED)))
    with server as running:
        yield running


@pytest.mark.parametrize("header, client, scheme", [
    (b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 80\r\n", "203.0.113.9", "http"), (b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\n", "203.0.113.9", "https"),
    (b"PROXY TCP6 2001:db8::9 ::1 4711 80\r\n", "2001:db8::9", "http"), (b"PROXY UNKNOWN\r\n", "127.0.0.1", "http"),
    (second(), "203.0.113.9", "http"), (second(tls=1), "203.0.113.9", "https"), (second(port=443), "203.0.113.9", "https"), (second(port=443, tls=0), "203.0.113.9", "http"),
    (second(command=0x20), "127.0.0.1", "http"),
], ids=str)
def test_the_client_of_a_connection(proxied, header, client, scheme):
    for piece in (len(header), 1):
        with proxied.connect() as connection:
            for at in range(0, len(header), piece):
                connection.send(header[at:at + piece])
            # Forwarded fields of a client that is not a proxy are ignored. The PROXY header belongs to the connection,
            # not to a request.
            own = [] if client == "127.0.0.1" else ["x-forwarded-for: 1.2.3.4"]
            for _ in range(2):
                answer = connection.exchange(request("GET", "/headers", "echo.localhost", own))
                seen = dict(map(tuple, answer.json()["headers"]))
                assert seen["x-forwarded-for"] == client and seen["x-forwarded-proto"] == scheme, seen


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\nhost: echo.localhost\r\n\r\n", b"PROXY TCP4 1.2.3.4\r\n", b"PROXY " + b"x" * 200, SIGNATURE + b"\x31\x11\x00\x00",
                                  SIGNATURE + b"\x21\x11\xff\xff", b"\x16\x03\x01", b"\r\n\r\nGET"], ids=range(7))
def test_a_connection_without_a_good_header_is_closed_and_counted(proxied, data):
    before = proxied.prometheus()["faasta_proxy_headers_refused_total"]
    with proxied.connect() as connection:
        connection.send_gently(data)
        assert connection.ended()
    eventually(lambda: proxied.prometheus()["faasta_proxy_headers_refused_total"] == before + 1, 5, "the count")


def test_a_header_that_does_not_come_is_not_waited_for(proxied):
    with proxied.connect(30) as connection:
        connection.send(b"PROXY TC")
        assert connection.ended(patient(15))


def test_a_health_check_that_says_nothing_is_not_counted(proxied):
    before = proxied.prometheus()["faasta_proxy_headers_refused_total"]
    Connection(proxied.address).close()
    with proxied.connect() as connection:
        assert connection.send(second()).exchange(request("GET", "/headers", "echo.localhost")).status == 200
    assert proxied.prometheus()["faasta_proxy_headers_refused_total"] == before


def test_only_trusted_proxies_may_send_one(make_server):
    server = make_server({"server": {"trusted_proxies": ["192.0.2.1"], "proxy_protocol": True}})
    with server.connect() as connection:
        connection.send_gently(second())
        assert connection.ended()
    eventually(lambda: server.prometheus()["faasta_proxy_headers_refused_total"] == 1, 5, "the count")


@pytest.mark.parametrize("settings, needle", [
    ({"trusted_proxies": ["10.0.0.1/8"]}, "bits set"), ({"trusted_proxies": ["proxy.example"]}, "not an IP address"), ({"trusted_proxies": "127.0.0.1"}, "list of texts"),
    ({"trusted_proxies": ["127.0.0.1/33"]}, "0 to 32"), ({"proxy_protocol": True}, "trusted_proxies is empty"),
])
def test_settings_are_judged_at_the_start(make_server, settings, needle):
    server = make_server({"server": settings}, start=False)
    server.spawn()
    assert server.process.wait(patient(20)) == 2
    assert needle in server.log_file.read_text() and "F0801" in server.log_file.read_text(), server.log_file.read_text()
