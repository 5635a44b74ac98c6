"""Work after a complete answer: the connection is free at once, the call goes on under its limits, and its end is
logged."""
import signal
import time

import pytest

from support.http1 import chunked, request
from support.waiting import eventually, patient

SERVER_CONFIG = {"limits": {"timeout_ms": 2500, "cpu_ms": 200, "concurrent_calls_per_function": 4, "request_body_mb": 1}}
WORK_MS = 1200


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    server.deploy("afterwards", "afterwards", verify=False)
    server.deploy("bodies", "bodies", verify=False)
    server.deploy("hello", "hello-raw", verify=False)


def written(server, identity, name="afterwards"):
    return [entry["text"] for entry in server.logs(name, tail=1000) if entry.get("request_id") == identity and entry["kind"] == "stdout"]


def ask(target, identity, method="GET", lines=(), body=b"", host="afterwards.localhost"):
    return request(method, target, host, [f"x-request-id: {identity}", *lines], body)


@pytest.mark.parametrize("method, lines, body", [("GET", (), b""), ("POST", (), b"unread"), ("POST", ("transfer-encoding: chunked",), b"3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n")])
def test_the_connection_is_free_at_once(server, method, lines, body):
    identity = f"free-{method}-{len(lines)}"
    with server.connect() as connection:
        start = time.monotonic()
        answer = connection.exchange(ask(f"/?ms={WORK_MS}", identity, method, lines, body))
        assert answer.whole and answer.text == "answered\n", answer
        for _ in range(3):
            assert connection.exchange(request("GET", "/", "hello.localhost")).status == 200
        assert time.monotonic() - start < patient(WORK_MS / 2000), "another function's caller waited"
        eventually(lambda: server.running_calls() == 1, 1, "the end of the calls between")
    call = server.logged_call("afterwards", identity)
    assert (call["outcome"], call["status"]) == ("ok", 200) and written(server, identity) == ["answered", "worked"], call
    assert call["duration_ms"] < WORK_MS <= call["after_ms"] + 50 < WORK_MS + 2000, call


@pytest.mark.parametrize("how", ["close", "reset"])
def test_work_is_done_though_the_client_closes(server, how):
    import socket
    identity = f"closed-{how}"
    with server.connect() as connection:
        assert connection.exchange(ask("/?ms=300", identity)).whole
        if how == "reset":
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    call = server.logged_call("afterwards", identity)
    assert call["outcome"] == "ok" and written(server, identity) == ["answered", "worked"], call


def test_computing_behind_the_answer(server):
    """The computing does not block the connection or other work of the loop, and counts as CPU time."""
    with server.connect() as connection:
        start = time.monotonic()
        assert connection.exchange(ask("/?cpu=100", "computes")).whole
        assert connection.exchange(request("GET", "/", "hello.localhost")).status == 200
        assert time.monotonic() - start < patient(0.09)
    call = server.logged_call("afterwards", "computes")
    assert call["outcome"] == "ok" and call["cpu_ms"] >= 30, call


@pytest.mark.parametrize("target, outcome", [("/?ms=60000", "wall_limit"), ("/?cpu=60000", "cpu_limit"), ("/?ms=50&trap=1", "guest_trap")])
def test_limits_hold_behind_the_answer(server, target, outcome):
    identity, before = f"limit-{outcome}", server.metrics("afterwards")
    with server.connect() as connection:
        assert connection.exchange(ask(target, identity)).whole
        assert connection.exchange(request("GET", "/", "hello.localhost")).status == 200
    call = server.logged_call("afterwards", identity)
    assert (call["outcome"], call["status"]) == (outcome, 200) and call["after_ms"] > 0 and call["text"], call
    after = server.metrics("afterwards")
    assert after["calls"] == before["calls"] + 1 and after["status"]["2xx"] == before["status"].get("2xx", 0) + 1, (before, after)
    assert after["failures"][outcome] == before["failures"].get(outcome, 0) + 1, (before, after)


def test_places_are_held_until_the_end(server):
    with server.connect() as connection:
        for number in range(4):
            assert connection.exchange(ask("/?ms=1500", f"place-{number}")).status == 200
        eventually(lambda: server.running_calls() == 4, 1, "four calls that go on")
        refused = connection.exchange(ask("/", "place-4"))
        assert refused.status in (200, 429), refused          # 200: a place became free while the call waited
        assert server.call("hello").status == 200
    eventually(lambda: server.running_calls() == 0, 5, "the end of the calls")


class TestTheRestOfTheRequest:
    """A guest that answers first, and then reads the request's body."""

    @pytest.mark.parametrize("target", ["/?ms=100&read=1", "/first?ms=100&read=1"])
    @pytest.mark.parametrize("size", [5, 60_000])
    def test_what_came_is_kept_for_it(self, server, target, size):
        identity = f"rest{len(target)}-{size}"
        with server.connect() as connection:
            assert connection.exchange(ask(target, identity, "POST", body=b"x" * size)).whole
            assert connection.exchange(request("GET", "/", "hello.localhost")).status == 200
        assert server.logged_call("afterwards", identity)["outcome"] == "ok"
        assert written(server, identity) == ["answered", f"read {size} bytes, whole", "worked"]

    def test_what_comes_later_is_read_by_the_same_connection(self, server):
        with server.connect() as connection:
            answer = connection.exchange(ask("/?read=1", "later", "POST", ["content-length: 200000"]))
            assert answer.whole and answer.header("connection") == "close"     # more bytes follow than the server reads without a reader
            connection.send(b"x" * 200_000)
            assert connection.ended()
        assert server.logged_call("afterwards", "later")["outcome"] == "ok"
        assert "read 200000 bytes, whole" in written(server, "later")

    @pytest.mark.parametrize("lines, body", [(["content-length: 300000"], b"x" * 300_000), (["transfer-encoding: chunked"], chunked(*[b"x" * 4000] * 75))], ids=["length", "chunks"])
    def test_a_reader_that_is_interrupted_loses_nothing(self, server, lines, body):
        """The guest computes between two reads for longer than a tick of the epoch. Meanwhile more bytes arrive than
        the server keeps."""
        identity = f"interrupted-{len(body)}"
        with server.connect() as connection:
            assert connection.exchange(ask("/?read=1&each=1", identity, "POST", lines)).whole
            connection.send(body)
            call = server.logged_call("afterwards", identity)
        assert call["outcome"] == "ok", call
        assert written(server, identity) == ["answered", "read 300000 bytes, whole", "worked"]

    def test_a_client_may_leave_when_it_has_sent_all(self, server):
        with server.connect() as connection:
            assert connection.exchange(ask("/?read=1", "sent-all", "POST", ["content-length: 200000"])).whole
            connection.send(b"x" * 200_000)
        assert server.logged_call("afterwards", "sent-all")["outcome"] == "ok"
        assert written(server, "sent-all") == ["answered", "read 200000 bytes, whole", "worked"]

    def test_a_client_that_leaves_in_the_middle_is_an_error_for_it(self, server):
        with server.connect() as connection:
            assert connection.exchange(ask("/?read=1", "middle", "POST", ["content-length: 1000"])).whole
        call = server.logged_call("afterwards", "middle")
        assert call["outcome"] == "ok" and written(server, "middle")[1].startswith("read 0 bytes, ") and "whole" not in written(server, "middle")[1], call


def test_a_head_request_for_an_endless_answer(server):
    """The answer is complete with its head. The bytes that the guest then writes are dropped, and the limit of wall
    time ends the call."""
    with server.connect() as connection:
        assert connection.exchange(ask("/endless?ms=20", "endless", "HEAD", host="bodies.localhost"), "HEAD").status == 200
        assert connection.exchange(request("GET", "/", "hello.localhost")).status == 200
    assert server.logged_call("bodies", "endless")["outcome"] == "wall_limit"


def test_a_stopping_server_waits_for_it(make_server):
    server = make_server()
    server.deploy("afterwards", "afterwards", verify=False)
    with server.connect() as connection:
        assert connection.exchange(ask("/?ms=1500", "stopping")).whole
    eventually(lambda: server.running_calls() == 1, 5, "a call that goes on")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(patient(10)) == 0
    server.start()
    call = server.logged_call("afterwards", "stopping")
    assert call["outcome"] == "ok" and written(server, "stopping") == ["answered", "worked"], call


def test_but_for_no_longer_than_for_others(make_server):
    server = make_server({"limits": {"timeout_ms": 120_000, "first_byte_ms": 120_000}})
    server.deploy("afterwards", "afterwards", verify=False)
    with server.connect() as connection:
        assert connection.exchange(ask("/?ms=110000", "stopped")).whole
    eventually(lambda: server.running_calls() == 1, 5, "a call that goes on")
    start = time.monotonic()
    assert server.stop(40) == 0
    assert 25 <= time.monotonic() - start <= 35
    server.start()
    assert server.logged_call("afterwards", "stopped")["outcome"] == "shutting_down"
