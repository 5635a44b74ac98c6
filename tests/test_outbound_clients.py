"""Outgoing requests by the libraries that functions use: no answer is lost. A request without an answer gives the right
error, and one line in the function's log."""
import os
import urllib.parse

import pytest

from support.far import Far
from support.server import Server, free_port
from support.waiting import SANITIZED

CLIENTS = ["outbound", "outbound-wstd", "outbound-axum", "outbound-js", "outbound-python", "outbound-go"]
TIMES = 2000 if os.environ.get("FAASTA_LONG") == "1" else 100
AT_A_TIME = 50         # requests in one call
UNKNOWN = "http://no-such-name.invalid"


@pytest.fixture(scope="module")
def far():
    with Far() as running:
        yield running


@pytest.fixture(scope="module")
def nobody():
    return f"127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def server(far, nobody, tmp_path_factory):
    config = {"outbound": {"reachable": [far.address, nobody]}, "limits": {"cpu_ms": 10_000}}
    with Server(tmp_path_factory.mktemp("clients"), config) as running:
        yield running


@pytest.fixture(scope="module", params=CLIENTS)
def client(server, far, nobody, request):
    answer = server.upload(request.param, request.param, verify=False, outbound=[far.origin, f"http://{nobody}", "http://10.1.2.3", UNKNOWN])
    if SANITIZED and answer.code == "F0421":
        pytest.skip("the sanitizer's allocator makes a large compile twice as long: past its limit on a slow machine")
    assert answer.status == 201, answer
    return request.param


def ask(server, client, url, more=""):
    return server.call(client, "/?url=" + urllib.parse.quote(url, safe="") + more)


def platform_lines(server, client, answer):
    identity = answer.header("x-request-id")
    server.logged_call(client, identity)
    return [entry["text"] for entry in server.logs(client, tail=5000) if entry.get("request_id") == identity and entry["kind"] == "platform"]


def tells(answer, error):
    """Whether the answer contains the error code of wasi:http, in the language's own spelling. `fetch` reports no
    code."""
    letters = "".join(c for c in answer.text.lower() if c.isalpha())
    return error in letters or "networkerror" in letters


def test_none_is_lost(server, client, far):
    failed, seen = [], far.seen
    for _ in range(TIMES // AT_A_TIME):
        answer = ask(server, client, far.origin + "/", f"&times={AT_A_TIME}")
        if answer.text != f"{AT_A_TIME} answered, 0 failed\n":
            failed.append(answer)
    assert not failed, (len(failed), failed[0])
    assert far.seen - seen == TIMES


def test_allowed(server, client, far):
    answer = ask(server, client, far.origin + "/")
    assert (answer.status, answer.text) == (203, "far away"), answer
    assert platform_lines(server, client, answer) == []


def test_a_url_without_a_path(server, client, far):
    answer = ask(server, client, far.origin + "?x=1")
    if client == "outbound":
        pytest.skip("the raw guest takes only URLs with a path")
    assert (answer.status, answer.text, far.heads[-1][0]) == (203, "far away", "/?x=1"), answer


@pytest.mark.parametrize("size", [1, 100_000, 1_000_000])
def test_a_body(server, client, far, size):
    answer = ask(server, client, far.origin + "/", f"&size={size}")
    if client == "outbound":
        pytest.skip("the raw guest's bodies are in test_outbound")
    assert answer.status == 203 and far.bodies[-1] == b"x" * size, (answer, len(far.bodies[-1]))


@pytest.mark.parametrize("more", ["", "&size=1", "&size=1000000"])
@pytest.mark.parametrize("case, error, line", [
    ("undeclared", "httprequestdenied", "outbound refused: https://api.example.com is not in [allow] outbound of faasta.toml; add \"https://api.example.com\""),
    ("private", "destinationipprohibited", "outbound refused: http://10.1.2.3 is a private address; the operator can list \"10.1.2.3:80\""),
    ("nobody", "connectionrefused", "outbound failed: http://{nobody} cannot be reached: "),
    ("unknown", "dnserror", f"outbound failed: {UNKNOWN} has no address: ")])
def test_what_is_not_reached(server, client, nobody, case, error, line, more):
    url = {"undeclared": "https://api.example.com", "private": "http://10.1.2.3", "nobody": f"http://{nobody}", "unknown": UNKNOWN}[case]
    answer = ask(server, client, url + "/v1", more)
    assert answer.status == 502 and tells(answer, error), answer
    lines = platform_lines(server, client, answer)
    assert len(lines) == 1 and lines[0].startswith(line.format(nobody=nobody)), lines


@pytest.mark.parametrize("path", ["/early", "/rude"])
@pytest.mark.parametrize("size", [0, 1, 100_000, 5_000_000])
def test_an_early_answer(server, client, far, path, size):
    """The peer answers before it has read the body. The guest gets this answer, and no error about its body."""
    answer = ask(server, client, far.origin + path, f"&size={size}")
    if client == "outbound" and size:
        pytest.skip("the raw guest's bodies are in test_outbound")
    assert (answer.status, answer.text) == (413, "too much"), answer
    assert platform_lines(server, client, answer) == []
