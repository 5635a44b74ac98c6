"""Bodies of all sizes and framings, in both directions, and other features of HTTP/1.1 that belong to bodies."""
import hashlib
import http.client
import os
import threading

import pytest

from support.http1 import Broken, chunked, request

SERVER_CONFIG = {"limits": {"request_body_mb": 80, "cpu_ms": 20_000}}
SIZES = [0, 1, 2, 1023, 4096, 16_383, 65_535, 65_536, 65_537, 1 << 20, (1 << 20) + 1, 8 << 20, 64 << 20]
SEED = os.urandom(1 << 16)


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    server.deploy("echo", "echo")
    server.deploy("hello", "hello-raw")
    server.deploy("trailers", "trailers")
    server.deploy("trap", "trap")
    server.deploy("fields", "fields")


def some(size):
    return (SEED * (size // len(SEED) + 1))[:size]


def exchange(connection, data, method="GET"):
    """Sends and reads at the same time, because an echo answers before it has received all of a large body."""
    sender = threading.Thread(target=connection.send_gently, args=(data,))
    sender.start()
    try:
        return connection.read_response(method)
    finally:
        sender.join()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", ["length", "one chunk", "many chunks"])
def test_echo(server, size, framing):
    body = some(size)
    if framing == "length":
        data = request("POST", "/", "echo.localhost", [f"content-length: {size}", "content-type: x/y"], body)
    else:
        step = max(size, 1) if framing == "one chunk" else max(size // 97, 1000)
        parts = [body[at:at + step] for at in range(0, size, step)]
        data = request("POST", "/", "echo.localhost", ["transfer-encoding: chunked", "content-type: x/y"], chunked(*parts))
    with server.connect(120) as connection:
        answer = exchange(connection, data)
        assert answer.status == 200 and answer.whole and answer.header("content-type") == "x/y", answer
        assert hashlib.sha256(answer.body).digest() == hashlib.sha256(body).digest(), (len(answer.body), size)
        assert connection.exchange(request("GET", "/headers", "echo.localhost")).status == 200


@pytest.mark.parametrize("size", [0, 3, 100_000])
def test_trailers_both_ways(server, size):
    body = chunked(some(size), trailers=["x-sum: 6", "X-Other:  v ", "content-length: 9", "authorization: Bearer x", "x-forwarded-for: 1.2.3.4"])
    with server.connect() as connection:
        answer = exchange(connection, request("POST", "/", "echo.localhost", ["te: trailers", "transfer-encoding: chunked", "trailer: x-sum, x-other"], body))
    assert answer.whole and answer.body == some(size)
    assert [(name.lower(), value) for name, value in answer.trailers] == [("x-sum", "6"), ("x-other", "v")], answer


def test_trailers_of_the_guest(server):
    answer = server.call("trailers", headers=["te: trailers"])
    assert answer.body == b"counted\n" and dict(answer.trailers) == {"x-length": "8", "x-end": "true"}, answer
    plain = server.call("trailers")
    assert plain.body == b"counted\n" and plain.whole, plain


def test_http_1_0_gets_a_body_it_can_read(server):
    for name in ("hello", "trailers", "echo"):
        with server.connect() as connection:
            data = request("POST", "/", f"{name}.localhost", body=b"counted\n", version="HTTP/1.0")
            answer = connection.exchange(data)
            assert answer.status == 200 and answer.header("transfer-encoding") is None and answer.whole, answer
            assert answer.body in (b"counted\n", b"hello from faasta\n") and connection.ended()


@pytest.mark.parametrize("path, length", [("/", None), ("/headers", None)])
def test_head_has_no_body(server, path, length):
    with server.connect() as connection:
        for name in ("hello", "echo", "trailers", "nothere"):
            answer = connection.exchange(request("HEAD", path, f"{name}.localhost"), "HEAD")
            assert answer.status == (404 if name == "nothere" else 200), answer
        assert connection.exchange(request("GET", "/", "hello.localhost")).text == "hello from faasta\n"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 205, 206, 299, 301, 302, 304, 307, 400, 401, 404, 418, 451, 499, 500, 502, 503, 599])
def test_every_status_passes(server, status):
    with server.connect() as connection:
        answer = connection.exchange(request("GET", f"/?status={status}", "fields.localhost"))
        assert answer.status == status and answer.whole, answer
        if status in (204, 304):
            assert answer.header("transfer-encoding") is None and answer.header("content-length") in (None, "0") or status == 304, answer
        assert connection.exchange(request("GET", "/", "hello.localhost")).status == 200


@pytest.mark.parametrize("status", [100, 101, 103, 199])
def test_the_guest_cannot_send_an_interim_status(server, status):
    answer = server.call("fields", f"/?status={status}")
    assert answer.status >= 200 and not answer.interim, answer


class TestContinue:
    def test_comes_before_the_body(self, server):
        with server.connect() as connection:
            connection.send(request("POST", "/", "echo.localhost", ["expect: 100-continue", "content-length: 3"]))
            assert connection.take_line() == "HTTP/1.1 100 Continue" and connection.take_line() == ""
            answer = connection.exchange(b"abc")
            assert answer.body == b"abc" and answer.whole
            assert connection.exchange(request("GET", "/", "hello.localhost")).status == 200

    @pytest.mark.parametrize("host, lines, status", [
        ("nothere.localhost", ["content-length: 3"], 404), ("echo.elsewhere", ["content-length: 3"], 421),
        ("api.localhost", ["content-length: 3"], 401), ("echo.localhost", [f"content-length: {81 << 20}"], 413)])
    def test_does_not_come_when_the_answer_is_no(self, server, host, lines, status):
        with server.connect() as connection:
            answer = connection.exchange(request("POST", "/v1/functions/abc/versions", host, ["expect: 100-continue", *lines]))
            assert answer.status == status and not answer.interim, answer

    def test_is_not_needed(self, server):
        with server.connect() as connection:
            answer = connection.exchange(request("POST", "/", "echo.localhost", ["expect: 100-continue"], b"abc"))
            assert answer.body == b"abc" and answer.interim in ([], [100])

    def test_an_early_answer_may_come_without(self, server):
        with server.connect() as connection:
            answer = connection.exchange(request("POST", "/early", "trap.localhost", ["expect: 100-continue", "content-length: 3"]))
            assert answer.status == 200 and answer.text.startswith("answered without"), answer


@pytest.mark.parametrize("size, kept", [(3, True), (60_000, True), (20 << 20, False)])
@pytest.mark.parametrize("sent", ["all", "head only"])
def test_early_answers(server, size, kept, sent):
    """The guest answers without reading the body. The server drops a short unread rest, and closes the connection after
    a long one. It never treats the rest as a request."""
    with server.connect() as connection:
        connection.send(request("POST", "/early", "trap.localhost", [f"content-length: {size}"]))
        sender = threading.Thread(target=connection.send_gently, args=(b"GET / HTTP/1.1\r\nhost: hello.localhost\r\n\r\n".ljust(size, b"x")[:size],))
        if sent == "all":
            sender.start()
        answer = connection.read_response()
        assert answer.status == 200 and answer.whole and answer.text.startswith("answered without"), answer
        if sent == "all":
            if kept:
                sender.join()
            try:
                again = connection.exchange(request("GET", "/", "hello.localhost"))
                assert again.text == "hello from faasta\n" and (kept or again.status == 200), again
            except (Broken, OSError):
                assert not kept
            connection.close()
            sender.join()


def test_keep_alive_over_many_functions(server):
    with server.connect() as connection:
        for turn in range(200):
            name = ("hello", "echo", "trailers", "nothere")[turn % 4]
            answer = connection.exchange(request("GET", "/headers", f"{name}.localhost"))
            assert answer.whole and answer.status == (404 if name == "nothere" else 200), (turn, answer)


@pytest.mark.parametrize("count", [2, 10, 100])
def test_pipelining_answers_in_order(server, count):
    data = b"".join(request("POST", "/", "echo.localhost", body=b"body %d" % n) if n % 3 else request("GET", f"/headers?{n}", "echo.localhost")
                    for n in range(count))
    with server.connect() as connection:
        connection.send(data)
        for n in range(count):
            answer = connection.read_response()
            assert answer.status == 200
            assert answer.body == b"body %d" % n if n % 3 else answer.json()["path_with_query"] == f"/headers?{n}", (n, answer)


def test_pipelined_behind_a_close(server):
    with server.connect() as connection:
        connection.send(request("GET", "/", "hello.localhost", ["connection: close"]) + request("GET", "/", "hello.localhost"))
        assert connection.read_response().status == 200
        assert connection.ended()


def test_a_body_that_breaks_off_never_looks_whole(server):
    import socket
    for lines, body in ((["content-length: 100"], b"abc"), (["transfer-encoding: chunked"], b"3\r\nabc\r\n"), (["transfer-encoding: chunked"], b"5\r\nabc")):
        with server.connect() as connection:
            connection.send(request("POST", "/", "echo.localhost", lines, body))
            connection.socket.shutdown(socket.SHUT_WR)
            try:
                answer = connection.read_response()
                assert answer.status >= 400 or not answer.whole, answer
            except Broken:
                pass


def test_the_standard_client_agrees(server):
    client = http.client.HTTPConnection(*server.address, timeout=30)
    for size in (0, 10, 1 << 20):
        client.request("POST", "/", some(size), {"host": "echo.localhost"})
        answer = client.getresponse()
        assert answer.status == 200 and answer.read() == some(size)
    client.request("POST", "/", iter([b"a" * 1000, b"b" * 1000]), {"host": "echo.localhost"}, encode_chunked=True)
    assert client.getresponse().read() == b"a" * 1000 + b"b" * 1000
    client.close()


def test_response_fields_are_in_order(server):
    answer = server.call("fields", "/?cookies&empty&obs-text")
    assert answer.all("set-cookie") == ["a=1", "b=2"] and answer.header("x-empty") == "" and answer.header("x-obs-text") == "caf\xe9"
    assert len(answer.all("date")) == 1 and len(answer.all("x-request-id")) == 1


@pytest.mark.parametrize("line", ["connection: x-evil", "keep-alive: timeout=5", "transfer-encoding: gzip", "upgrade: h2c", "proxy-connection: close", "te: trailers",
                                  "content-length: 3", "content-length: 100"])
def test_a_guest_cannot_frame(server, line):
    """The guest sets fields of framing. The client still gets one well-formed response, or one that is clearly broken
    off."""
    with server.connect() as connection:
        answer = connection.exchange(request("GET", f"/?set={line.replace(': ', ':')}", "fields.localhost"))
        name = line.split(":")[0]
        assert answer.status in (200, 500), answer
        if name == "content-length":
            assert not answer.whole or len(answer.body) == int(answer.header("content-length", len(answer.body))) or answer.status == 500, answer
        else:
            assert answer.whole and line.split(": ")[1] not in answer.all(name), answer


def test_request_ids(server):
    given = server.call("echo", "/headers", headers=["x-request-id: my-own.id_1"])
    seen = dict(map(tuple, given.json()["headers"]))
    assert given.header("x-request-id") == seen["x-request-id"]
    ids = {server.call("hello").header("x-request-id") for _ in range(20)}
    assert len(ids) == 20 and None not in ids
    for hostile in ("a" * 5000, "x\ty", 'a"b', "caf\xe9"):
        answer = server.call("echo", "/headers", headers=[f"x-request-id: {hostile}"])
        assert answer.status == 200 and answer.header("x-request-id") != hostile, answer
