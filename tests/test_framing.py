"""The framing gate: the verdict on each row of the table is right, and no part of a request is run as a second
request."""
import pytest

from framing_cases import BROKEN_CHUNKS, CASES, ECHO, LIMIT_BODY, head
from support.http1 import Broken, chunked, request


@pytest.fixture(scope="module", autouse=True)
def echo(server):
    server.deploy("echo", "echo")


def test_the_table_is_as_large_as_promised():
    assert len(CASES) + len(BROKEN_CHUNKS) >= 150
    assert len({name for name, *_ in CASES}) == len(CASES)


@pytest.mark.parametrize("data, status, kept", [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_verdict(server, data, status, kept):
    method = "HEAD" if data.startswith(b"HEAD") else "GET"
    with server.connect() as connection:
        answer = connection.send_gently(data).read_response(method)
        assert answer.status == status and answer.whole, answer
        if kept:
            assert answer.header("connection") != "close", answer
            again = connection.exchange(request("GET", "/headers?again", ECHO))
            assert again.status == 200 and again.json()["path_with_query"] == "/headers?again", again
        elif kept is not None:
            assert connection.ended(), f"the connection stayed open after {answer}"
        if status >= 400:
            assert answer.header("content-type") == "application/problem+json" and answer.json()["status"] == status, answer


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in BROKEN_CHUNKS.items()])
def test_broken_chunks(server, body):
    """The request after the broken body must not run, and no answer may claim that the body was complete."""
    smuggled = request("GET", "/headers?smuggled", ECHO)
    lines = ["transfer-encoding: chunked", f"authorization: Bearer {server.token}", "content-type: application/json"]
    with server.connect() as connection:
        connection.send_gently(request("POST", "/v1/functions/echo/rollback", "api.localhost", lines, body) + smuggled)
        answer = connection.read_response()
        assert answer.status == 400 and answer.code in ("F0601", "F0108"), answer
        assert connection.ended()
    with server.connect() as connection:
        connection.send_gently(request("POST", "/", ECHO, lines, body) + smuggled)
        try:
            answer = connection.read_response()
        except Broken:
            return
        assert answer.status == 400 or not answer.whole, answer
        assert b"smuggled" not in answer.body and connection.ended()


@pytest.mark.parametrize("over", [0, 1])
def test_a_chunked_body_at_the_limit(server, over):
    part, count = b"x" * (1 << 20), LIMIT_BODY >> 20
    body = chunked(*[part] * count, b"y" * over)
    with server.connect(60) as connection:
        connection.socket.settimeout(60)
        import threading
        sender = threading.Thread(target=connection.send_gently, args=(request("POST", "/", ECHO, ["transfer-encoding: chunked"], body),))
        sender.start()
        try:
            answer = connection.read_response()
        except Broken:
            answer = None
        sender.join()
    if over:
        assert answer is None or answer.status == 413 or not answer.whole, answer
    else:
        assert answer.status == 200 and len(answer.body) == LIMIT_BODY and answer.whole


def test_slow_bytes_are_the_same_request(server):
    data = head("x-a: b", "transfer-encoding: chunked", start="POST /echo HTTP/1.1", body=chunked(b"abc", b"def", trailers=["x-sum: 1"]))
    with server.connect() as connection:
        for at in range(len(data)):
            connection.send(data[at:at + 1])
        answer = connection.read_response()
        assert (answer.status, answer.body) == (200, b"abcdef")


def test_a_refused_request_says_nothing_of_the_one_before(server):
    with server.connect() as connection:
        assert connection.exchange(request("GET", "/headers", ECHO)).status == 200
        answer = connection.exchange(b"GET  /headers HTTP/1.1\r\n\r\n")
        assert answer.status == 400 and answer.whole and answer.code == "F0601" and connection.ended(), answer


def test_a_method_that_is_not_served_says_which_are(server):
    answer = server.call("echo", method="TRACE")
    assert (answer.status, answer.code) == (405, "F0602") and "GET" in answer.header("allow").split(", "), answer
