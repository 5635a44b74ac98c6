"""An answer has the fields that its status requires: `allow` with 405, `www-authenticate` with 401, `retry-after` with
429. HEAD is answered like GET, without the body."""
import base64
import hashlib
import json
import re

import pytest

from support.guests import REPOSITORY
from support.http1 import Connection, request

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
ROUTES = json.loads((REPOSITORY / "docs" / "openapi.json").read_text())["paths"]
API = [path.replace("{name}", "hello").replace("{id}", "4711") for path in ROUTES]
PLACES = [("api.localhost", path) for path in API] + [("localhost", "/"), ("admin", "/metrics"), ("hello.localhost", "/")]
NOT_SAFE = ("/v1/login/start", "/v1/login/callback")        # GET begins and ends a sign-in; HEAD must not


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    server.deploy("hello", "hello-raw")


def ask(server, host, path, method, headers=()):
    address = server.admin if host == "admin" else server.address
    with Connection(address) as connection:
        return connection.exchange(request(method, path, host, ["connection: close", *headers]), method)


def methods_of(answer):
    return answer.header("allow").split(", ")


@pytest.mark.parametrize("host, path", PLACES)
def test_405_says_which_methods_are_taken(server, host, path):
    answers = {method: ask(server, host, path, method) for method in METHODS}
    refused = {method for method, answer in answers.items() if answer.status == 405}
    if host == "hello.localhost":
        assert not refused                      # a function may accept any method
        return
    assert "BREW" in refused and len(refused) < len(METHODS), answers
    for method in refused:
        allowed = methods_of(answers[method])
        assert not refused & set(allowed) and len(allowed) == len(set(allowed)), answers[method]
        assert set(allowed) <= set(METHODS) - refused and set(METHODS) - refused <= set(allowed), (allowed, refused)
        assert ("GET" in allowed) == ("HEAD" in allowed) or path in NOT_SAFE, allowed
    if "OPTIONS" not in refused:
        assert answers["OPTIONS"].status == 204 and methods_of(answers["OPTIONS"]) == methods_of(answers["BREW"]), answers


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
@pytest.mark.parametrize("host", ["hello.localhost", "api.localhost", "localhost", "nobody.localhost"])
def test_methods_that_are_never_taken(server, host, method):
    answer = ask(server, host, "/", method)
    assert (answer.status, answer.code) == (405, "F0602") and {"GET", "HEAD", "POST"} <= set(methods_of(answer)), answer


@pytest.mark.parametrize("host, path", [place for place in PLACES if place[1] not in NOT_SAFE] + [("localhost", "/nosuch"), ("api.localhost", "/nosuch"),
                                                                                                ("nobody.localhost", "/"), ("evil.test", "/")])
def test_head_is_get_without_a_body(server, host, path):
    def shape(answer):
        varying = ("date", "x-request-id", "content-length") if path in ("/metrics", "/v1/me") else ("date", "x-request-id")
        return answer.status, [field for field in answer.headers if field[0] not in varying]
    token = [f"authorization: Bearer {server.token}", "x-request-id: same"]
    got, head = (ask(server, host, path, method, token) for method in ("GET", "HEAD"))
    assert got.status == head.status and not head.body, (got, head)
    if got.header("transfer-encoding") is None:
        assert shape(got) == shape(head), (got, head)
    assert "x-request-id" in dict(head.headers)


@pytest.mark.parametrize("path", API)
def test_401_says_how_to_authenticate(server, path):
    seen = 0
    for method in ("GET", "POST", "DELETE"):
        without = ask(server, "api.localhost", path, method)
        if without.status != 401:
            continue
        seen += 1
        assert without.header("www-authenticate") == 'Bearer realm="faasta"', without
        wrong = ask(server, "api.localhost", path, method, ["authorization: Bearer faa_wrong"])
        if wrong.status != 429:
            assert wrong.status == 401 and wrong.header("www-authenticate") == 'Bearer realm="faasta", error="invalid_token"', wrong
    assert seen or path in ("/healthz", "/readyz") or path.startswith(("/v1/login", "/v1/openapi")), path


def test_429_says_when_to_come_back(make_server):
    server = make_server({"auth": {"logins_per_minute": 1}})
    answers = [ask(server, "api.localhost", "/v1/me", "GET", ["authorization: Bearer faa_wrong"]) for _ in range(62)]
    answers += [ask(server, "api.localhost", "/v1/login", "GET") for _ in range(14)]
    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.code for answer in refused} == {"F0217"} and len(refused) >= 3, refused
    assert all(int(answer.header("retry-after")) >= 1 for answer in refused), refused


def test_options_star(server):
    for host in ("api.localhost", "localhost"):
        answer = ask(server, host, "*", "OPTIONS")
        assert answer.status == 204 and {"GET", "HEAD", "OPTIONS"} <= set(methods_of(answer)), answer
    assert {"POST", "DELETE"} <= set(methods_of(ask(server, "api.localhost", "*", "OPTIONS")))


@pytest.mark.parametrize("path", ["/nosuch/thing", "/favicon.ico", "/index.html", "//", "/?"])
def test_the_landing_page_is_at_one_path(server, path):
    answer = ask(server, "localhost", path, "GET")
    if path == "/?":
        assert answer.status == 200
    else:
        assert (answer.status, answer.code) == (404, "F0609"), answer


def test_what_is_answered_says_how_long_it_may_be_kept(server):
    assert ask(server, "localhost", "/", "GET").header("cache-control") == "max-age=300"
    assert ask(server, "admin", "/metrics", "GET").header("cache-control") == "no-store"
    assert ask(server, "nobody.localhost", "/", "GET").header("cache-control") == "no-store"


# ---- calls of functions ----

BROWSER = "accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def failing(server):
    server.deploy("trap", "trap", verify=False)
    server.deploy("spin", "spin", verify=False, cpu_ms=5)


@pytest.mark.parametrize("name, code", [("trap", "F0503"), ("spin", "F0505"), ("nobody", "F0501")])
def test_a_caller_is_told_nothing_of_the_owners_tools(server, failing, name, code):
    answer = server.call(name, "/before")
    assert answer.code == code and "fix" not in answer.json(), answer
    for word in ("faasta logs", "cpu_ms", "[limits]", "operator"):
        assert word not in answer.text, answer


@pytest.mark.parametrize("name, code", [("trap", "F0503"), ("nobody", "F0501")])
def test_a_browser_gets_a_page(server, failing, name, code):
    plain, page = server.call(name, "/before"), server.call(name, "/before", headers=[BROWSER, "x-request-id: look-for-this"])
    assert page.status == plain.status and page.header("content-type") == "text/html; charset=utf-8", page
    assert page.header("content-security-policy").startswith("default-src 'none'") and page.header("vary") == "accept", page
    assert plain.json()["title"] in page.text and "look-for-this" in page.text and code in page.text, page
    style = re.search("<style>(.*)</style>", page.text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.header("content-security-policy") and "<script" not in page.text and "style=" not in page.text, page


def test_a_page_escapes_what_the_client_wrote(server):
    answer = server.call("hel'&lo", headers=[BROWSER])
    assert answer.status == 404 and "&#39;&amp;lo" in answer.text and "hel'&lo" not in answer.text, answer


def test_the_api_tells_what_to_do(server):
    assert ask(server, "api.localhost", "/v1/me", "GET", [BROWSER]).json()["fix"]
