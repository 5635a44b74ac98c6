"""A mistake of the client is reported to the client, and is not a failure of the function."""
import socket

import pytest

from framing_cases import BROKEN_CHUNKS
from support.http1 import Broken, chunked, request
from support.waiting import eventually

SERVER_CONFIG = {"limits": {"timeout_ms": 2000, "first_byte_ms": 1000, "concurrent_calls_per_function": 1, "request_body_mb": 1}}
READERS = [("echo", "/"), ("bodies", "/all"), ("bodies", "/swallow")]
CHUNKED = ["transfer-encoding: chunked"]


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    for name in ("echo", "bodies", "sleep", "stream"):
        server.deploy(name, name, verify=False)


@pytest.fixture(params=READERS, ids=lambda reader: "".join(reader))
def reader(request):
    return request.param


class Counted:
    """Checks how the metrics of a function change during the `with` block."""

    def __init__(self, server, name):
        self.server, self.name = server, name

    def __enter__(self):
        eventually(lambda: self.server.running_calls() == 0, 5, "the end of earlier calls")
        self.before = self.server.metrics(self.name)
        return self

    def __exit__(self, *_):
        pass

    def expect(self, status):
        """Expects one more call, with this class of status, and no failure."""
        after = eventually(lambda: (now := self.server.metrics(self.name))["calls"] > self.before["calls"] and now, 5, "a counted call")
        assert after["calls"] == self.before["calls"] + 1 and after["failures"] == self.before["failures"], (self.before, after)
        if status:
            assert after["status"].get(status, 0) == self.before["status"].get(status, 0) + 1, (self.before, after)


def outcome(server, name, identity):
    call = server.logged_call(name, identity)
    return call["status"], call["outcome"]


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in BROKEN_CHUNKS.items()])
def test_a_broken_body(server, reader, body):
    """The answer is 400 if no byte was sent yet; otherwise it breaks off. It is never a complete 200, and the request
    after the broken body does not run."""
    name, target = reader
    identity = f"broken-{abs(hash((name, target, body))) % 10**12}"
    smuggled = request("GET", "/headers?smuggled", "echo.localhost")
    with Counted(server, name) as counted, server.connect() as connection:
        connection.send_gently(request("POST", target, f"{name}.localhost", [*CHUNKED, f"x-request-id: {identity}"], body) + smuggled)
        try:
            answer = connection.read_response()
            assert (answer.status, answer.code) == (400, "F0601") or name == "echo" and not answer.whole, answer
            assert b"smuggled" not in answer.body
        except Broken:
            assert name == "echo"
        assert connection.ended()
    counted.expect("4xx" if name != "echo" else None)
    status, ended = outcome(server, name, identity)
    assert ended in ("body_broken", "client_gone" if name == "echo" else "body_broken") and status in ((400,) if name != "echo" else (200, 400, 0)), (status, ended)


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("lines, part", [(["content-length: 1000"], b"abc"), (CHUNKED, b"3\r\nabc\r\n"), (CHUNKED, b"3\r\nabc\r\n0\r\nx-half: a tr")])
def test_a_client_that_leaves_in_its_body(server, reader, lines, part, how):
    name, target = reader
    identity = f"left-{how}-{abs(hash((name, target, part))) % 10**12}"
    with Counted(server, name) as counted:
        with server.connect() as connection:
            connection.send(request("POST", target, f"{name}.localhost", [*lines, f"x-request-id: {identity}"], part))
            eventually(lambda: server.running_calls() == 1, 5, "the call")
            if how == "reset":
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        counted.expect(None)
    assert outcome(server, name, identity)[1] == "client_gone"


@pytest.mark.parametrize("lines, part", [(["content-length: 1000"], b"abc"), (CHUNKED, b"3\r\nabc\r\n0\r\nx-half: a tr"), (["expect: 100-continue", "content-length: 3"], b"")])
def test_a_body_that_does_not_come(server, lines, part):
    """The guest waits for the body until the time is over. The outcome is that the client was slow."""
    identity = f"slow-{len(lines)}-{len(part)}"
    with Counted(server, "bodies") as counted, server.connect() as connection:
        connection.send(request("POST", "/all", "bodies.localhost", [*lines, f"x-request-id: {identity}"], part))
        answer = connection.read_response()
        assert (answer.status, answer.code) == (408, "F0606"), answer
        counted.expect("4xx")
    assert outcome(server, "bodies", identity) == (408, "client_slow")


def test_a_guest_that_is_slow_itself(server):
    """The time is over too, but the guest does not wait for the body."""
    with server.connect() as connection:
        connection.send(request("POST", "/?ms=60000", "sleep.localhost", ["content-length: 1000", "x-request-id: own-fault"], b"abc"))
        assert connection.read_response().code == "F0506"
    assert outcome(server, "sleep", "own-fault") == (504, "wall_limit")


def test_a_client_that_does_not_read(server):
    with Counted(server, "bodies") as counted, server.connect() as connection:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.send(request("GET", f"/write?n={64 << 20}", "bodies.localhost", ["x-request-id: unread"]))
        assert outcome(server, "bodies", "unread") == (200, "client_slow")
        counted.expect("2xx")


def test_a_client_that_leaves_while_it_waits_for_a_place(server):
    with server.connect() as busy, Counted(server, "sleep"):
        busy.send(request("GET", "/?ms=700", "sleep.localhost"))
        eventually(lambda: server.running_calls() == 1, 5, "a call that has the place")
        failures = server.metrics("sleep")["failures"]
        with server.connect() as waiting:
            waiting.send(request("GET", "/", "sleep.localhost", ["x-request-id: waited"]))
            waiting.send(b"")
        assert outcome(server, "sleep", "waited") == (0, "client_gone")
        assert busy.read_response().status == 200
        assert server.metrics("sleep")["failures"] == failures


def test_a_body_that_is_too_large_stays_what_it_was(server):
    with server.connect() as connection:
        connection.send_gently(request("POST", "/all", "bodies.localhost", [*CHUNKED, "x-request-id: large"], chunked(b"x" * ((1 << 20) + 1))))
        assert connection.read_response().status == 413
    assert outcome(server, "bodies", "large") == (413, "body_too_large")
