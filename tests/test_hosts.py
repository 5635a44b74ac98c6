"""Routing by the host field alone: 404 for an unknown host below the base domain, 421 for any other host."""
import pytest

from support.http1 import request

BASE = "faas.example.test"
FUNCTION, API, APEX, UNKNOWN, FOREIGN, MALFORMED = "function", "api", "apex", 404, 421, 400

HOSTS = {
    "hello.BASE": FUNCTION, "HELLO.BASE": FUNCTION, "Hello.Faas.Example.Test": FUNCTION, "hello.BASE.": FUNCTION, "hello.BASE:8080": FUNCTION,
    "hello.BASE.:8080": FUNCTION, "hello.BASE:1": FUNCTION, "hello.BASE:65535": FUNCTION,
    "hello--v1.BASE": FUNCTION, "HELLO--V1.BASE": FUNCTION, "hello--v1.BASE:80": FUNCTION, "hello--v1.BASE.": FUNCTION,
    "hello--v2.BASE": UNKNOWN, "hello--v0.BASE": UNKNOWN, "hello--v01.BASE": UNKNOWN, "hello--v.BASE": UNKNOWN, "hello--v-1.BASE": UNKNOWN,
    "hello--v+1.BASE": UNKNOWN, "hello--v1a.BASE": UNKNOWN, "hello--v4294967297.BASE": UNKNOWN, "hello--v18446744073709551617.BASE": UNKNOWN,
    "hello--1.BASE": UNKNOWN, "hello-v1.BASE": UNKNOWN, "hello--v1--v1.BASE": UNKNOWN, "--v1.BASE": UNKNOWN,
    "api.BASE": API, "API.BASE": API, "api.BASE.": API, "api.BASE:9": API, "api--v1.BASE": UNKNOWN,
    "BASE": APEX, "BASE.": APEX, "BASE:80": APEX, "Faas.Example.TEST": APEX,
    "nothere.BASE": UNKNOWN, "hell.BASE": UNKNOWN, "helloo.BASE": UNKNOWN, "hello-.BASE": UNKNOWN, "-hello.BASE": UNKNOWN, "www.BASE": UNKNOWN,
    "admin.BASE": UNKNOWN, "xn--hello-.BASE": UNKNOWN, "hel_lo.BASE": UNKNOWN, "a.BASE": UNKNOWN, "1hello.BASE": UNKNOWN, f"{'a' * 63}.BASE": UNKNOWN,
    "hello.hello.BASE": UNKNOWN, "a.b.hello.BASE": UNKNOWN, "api.hello.BASE": UNKNOWN, "hello.api.BASE": UNKNOWN, ".BASE": UNKNOWN, "..BASE": UNKNOWN,
    "hello..BASE": UNKNOWN, "hello.BASE..": FOREIGN, "hello.evilBASE": FOREIGN, "evilBASE": FOREIGN, "helloBASE": FOREIGN, "hello.BASE.evil.test": FOREIGN,
    "hello": FOREIGN, "localhost": FOREIGN, "hello.localhost": FOREIGN, "127.0.0.1": FOREIGN, "127.0.0.1:8080": FOREIGN, "[::1]": FOREIGN, "[::1]:80": FOREIGN,
    "example.test": FOREIGN, "xfaas.example.test": FOREIGN, ".": FOREIGN,
    "../hello.BASE": MALFORMED, "hello.BASE/..": MALFORMED, "hello%00.BASE": UNKNOWN, "hello%2eBASE": FOREIGN, "hello.BASE:": FUNCTION, "hello%0.BASE": MALFORMED, "hello.BASE:x": MALFORMED,
    "hello.BASE:80:80": MALFORMED, "hello@hello.BASE": MALFORMED, "hello.BASE, hello.BASE": MALFORMED, "*.BASE": UNKNOWN, "h\xe9llo.BASE": MALFORMED,
    "[hello.BASE]": MALFORMED,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from support.server import Server
    with Server(tmp_path_factory.mktemp("server"), base_domain=BASE) as running:
        running.deploy("hello", "hello-raw")
        yield running


def test_there_are_enough_of_them():
    assert len(HOSTS) >= 60


@pytest.mark.parametrize("host, expected", HOSTS.items(), ids=[host.encode("ascii", "backslashreplace").decode() for host in HOSTS])
def test_host(server, host, expected):
    host = host.replace("BASE", BASE)
    with server.connect() as connection:
        answer = connection.exchange(request("GET", "/healthz", host, ["connection: close"]))
    if expected is FUNCTION:
        assert (answer.status, answer.text) == (200, "hello from faasta\n"), answer
    elif expected is API:
        assert answer.status == 200 and "hello from" not in answer.text, answer
    elif expected is APEX:
        assert answer.status in (200, 404) and "hello from" not in answer.text, answer
    else:
        assert answer.status == expected and answer.header("content-type") == "application/problem+json", answer


def test_the_apex_has_a_page(server):
    with server.connect() as connection:
        answer = connection.exchange(request("GET", "/", BASE, ["connection: close"]))
    assert answer.status == 200 and answer.header("content-type").startswith("text/html"), answer


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/v1/openapi.json", "/v1/functions", "/v1/me", "/metrics", "//", "/."])
def test_every_path_of_a_function_is_its_own(server, path):
    assert server.call("hello", path).text == "hello from faasta\n"


def test_metrics_are_on_the_admin_listener_only(server):
    for name in ("api", "hello"):
        assert "faasta_" not in server.call(name, "/metrics").text
    assert any(name.startswith("faasta_") for name in server.prometheus())


def test_an_absolute_target_routes_as_its_host(server):
    with server.connect() as connection:
        answer = connection.exchange(request("GET", f"http://hello.{BASE}/", f"hello.{BASE}", ["connection: close"]))
    assert answer.text == "hello from faasta\n"


@pytest.mark.parametrize("field", ["hello.BASE", "other.BASE", "BASE", "evil.test", "hello.BASE:"])
def test_the_authority_of_an_absolute_target_goes_over_the_host_field(server, field):
    """RFC 9112 section 3.2.2. The function sees only the authority of the target."""
    if not server.api("GET", "/v1/functions/echo").status == 200:
        server.deploy("echo", "echo")
    with server.connect() as connection:
        answer = connection.exchange(request("GET", f"http://echo.{BASE}:81/headers?a", field.replace("BASE", BASE), ["connection: close"]))
    seen = answer.json()
    headers = dict(map(tuple, seen["headers"]))
    assert seen["authority"] == f"echo.{BASE}:81" and seen["path_with_query"] == "/headers?a", seen
    assert headers.get("host", f"echo.{BASE}:81") == f"echo.{BASE}:81" and headers["x-forwarded-host"] == f"echo.{BASE}:81", seen


def test_fields_that_connection_names_end_here(server):
    if not server.api("GET", "/v1/functions/echo").status == 200:
        server.deploy("echo", "echo")
    seen = server.call("echo", "/headers", headers=["connection: x-hop, X-Other", "x-hop: 1", "x-other: 2", "x-kept: 3", "connection: x-forwarded-for"]).json()
    headers = dict(map(tuple, seen["headers"]))
    assert "x-hop" not in headers and "x-other" not in headers and headers["x-kept"] == "3", seen
    assert headers["x-forwarded-for"] == "127.0.0.1", seen
    answer = server.call("echo", "/headers", headers=[f"connection: {'a,' * 200}"])
    assert (answer.status, answer.code) == (400, "F0601"), answer


@pytest.mark.parametrize("sent", [
    ["forwarded: for=1.2.3.4;host=evil"], ["x-forwarded-for: 1.2.3.4"], ["x-forwarded-host: evil"], ["x-forwarded-proto: gopher"],
    ["x-real-ip: 1.2.3.4"], ["X-Forwarded-Anything: 1.2.3.4"], ["forwarded: for=1.2.3.4", "x-forwarded-for: 1.2.3.4, 5.6.7.8"],
])
def test_forwarded_fields_are_ours_alone(server, sent):
    if not server.api("GET", "/v1/functions/echo").status == 200:
        server.deploy("echo", "echo")
    seen = server.call("echo", "/headers", headers=sent).json()
    assert "1.2.3.4" not in str(seen) and "evil" not in str(seen) and "gopher" not in str(seen), seen
    headers = dict(map(tuple, seen["headers"]))
    assert headers["x-forwarded-for"] == "127.0.0.1" and headers["x-forwarded-proto"] == "http", seen
    assert headers["x-forwarded-host"] == f"echo.{BASE}" and "for=127.0.0.1" in headers["forwarded"].replace('"', ""), seen
    assert seen["authority"] == f"echo.{BASE}", seen
