"""Bodies that stream: the memory does not grow, events arrive at once, and a call ends when its client leaves."""
import re
import socket
import threading
import time

import pytest

from support.http1 import request
from support.server import steady
from support.waiting import LONG, SANITIZED, eventually, patient

SERVER_CONFIG = {"limits": {"request_body_mb": 2048, "cpu_ms": 600_000, "timeout_ms": 600_000, "first_byte_ms": 100_000, "concurrent_calls_per_function": 1000}}
MIB = 1 << 20


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    server.deploy("echo", "echo")
    server.deploy("stream", "stream")
    server.deploy("sleep", "sleep")


class MemoryWatch:
    """Measures how much the server's memory grows at most during the `with` block."""

    def __init__(self, server):
        self.server, self.before, self.most, self.stopped = server, server.memory(), 0, threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()

    def _watch(self):
        while not self.stopped.wait(0.02):
            self.most = max(self.most, self.server.memory())

    @property
    def growth(self):
        return max(0, self.most - self.before)


def echo(connection, size, write_pause=0.0, read_pause=0.0):
    """Sends `size` bytes and reads them back at the same time. Returns the number of received bytes, and whether they
    were right."""
    block = bytes(range(256)) * 4096

    def send():
        connection.send(request("POST", "/", "echo.localhost", [f"content-length: {size}"]))
        for _ in range(size // len(block)):
            connection.socket.sendall(block)
            if write_pause:
                time.sleep(write_pause)

    sender = threading.Thread(target=send)
    sender.start()
    answer = connection.read_head()
    assert answer.status == 200, answer
    received, right = 0, True
    while size := int(connection.take_line(), 16):
        data = connection.take(size)
        connection.take(2)
        right = right and data == block[received % 256:][:len(data)] if len(data) <= len(block) - 256 else right
        received += len(data)
        if read_pause:
            time.sleep(read_pause)
    sender.join()
    return received, right


def warm(server):
    with server.connect() as connection:
        echo(connection, 8 * MIB)


@pytest.mark.parametrize("kind, size, write_pause, read_pause", [
    ("as fast as it goes", 1024 * MIB, 0, 0), ("a slow reader", (1024 if LONG else 64) * MIB, 0, 0.002), ("a slow writer", (256 if LONG else 64) * MIB, 0.02, 0)])
def test_memory_while_echoing(server, kind, size, write_pause, read_pause):
    if SANITIZED:
        size //= 8
    warm(server)
    with server.connect(120) as connection, MemoryWatch(server) as memory:
        start = time.monotonic()
        received, right = echo(connection, size, write_pause, read_pause)
    print(f"{kind}: {size // MIB} MiB in {time.monotonic() - start:.1f} s, memory grew by {memory.growth / MIB:.1f} MiB")
    assert received == size and right
    assert SANITIZED or memory.growth <= 32 * MIB, f"{memory.growth / MIB:.1f} MiB"


def test_a_reader_that_stops_stops_the_writer(server):
    """Back-pressure from end to end: the server reads no more than its buffers hold."""
    warm(server)
    with server.connect() as connection, MemoryWatch(server) as memory:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.send(request("POST", "/", "echo.localhost", [f"content-length: {1024 * MIB}"]))
        connection.socket.settimeout(2)
        sent, block = 0, b"x" * MIB
        with pytest.raises(TimeoutError):
            while sent < 200 * MIB:
                connection.socket.sendall(block)
                sent += len(block)
    assert sent < 64 * MIB and (SANITIZED or memory.growth <= 32 * MIB), (sent / MIB, memory.growth / MIB)


def test_answers_that_nobody_reads_are_not_piled_up(server):
    """The client sends many requests without waiting. The server answers the next request only when the answers before
    it are being sent."""
    count = 3000                                    # answers of 40 KB each
    ask = request("GET", "/v1/openapi.json", server.host("api"))
    expected = server.api("GET", "/v1/openapi.json").body
    before = server.memory()
    with server.connect(60) as connection:
        sender = threading.Thread(target=connection.send, args=(ask * count,))
        sender.start()
        piled = -steady(lambda: -server.memory(), 1) - before       # once the memory does not grow any more
        assert SANITIZED or piled <= 32 * MIB, piled / MIB
        for _ in range(count):
            assert connection.read_response().body == expected
        sender.join()


def test_many_streams_at_once(server):
    warm(server)
    failures = []

    def one():
        with server.connect(120) as connection:
            received, right = echo(connection, 8 * MIB)
            if received != 8 * MIB or not right:
                failures.append((received, right))
    threads = [threading.Thread(target=one) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_events_arrive_within_50_ms(server):
    late = []
    with server.connect() as connection:
        connection.send(request("GET", "/?n=60&ms=20", "stream.localhost"))
        answer = connection.read_head()
        assert answer.header("content-type") == "text/event-stream"
        for n in range(1, 61):
            size = int(connection.take_line(), 16)
            event = connection.take(size)
            now = time.time() * 1000
            connection.take(2)
            number, made = re.fullmatch(rb"data: (\d+) (\d+)\n\n", event).groups()
            assert int(number) == n
            late.append(now - int(made))
        assert connection.take_line() == "0"
    print(f"events: median {sorted(late)[30]:.2f} ms, worst {max(late):.2f} ms")
    assert max(late) <= patient(50), late


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("name, target", [("sleep", "/?ms=20000"), ("sleep", "/after-head?ms=20000"), ("stream", "/?n=100000&ms=5")])
def test_a_client_that_leaves_ends_its_call(server, name, target, how):
    identity = f"left-{name}-{how}-{len(target)}"
    connection = server.connect()
    connection.send(request("GET", target, f"{name}.localhost", [f"x-request-id: {identity}"]))
    if target != "/?ms=20000":
        connection.read_head()
    eventually(lambda: server.running_calls() >= 1, 5, "a running call")
    if how == "reset":
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    left = time.monotonic()
    connection.close()
    while server.running_calls() and time.monotonic() - left < 5:
        pass
    took = (time.monotonic() - left) * 1000
    print(f"{name} {target} {how}: ended {took:.1f} ms after its client left")
    assert took <= patient(50), took
    call = server.logged_call(name, identity)
    assert call["outcome"] != "ok", call


def test_an_upload_that_stalls_does_not_hold_others(server):
    stalled = [server.connect() for _ in range(50)]
    for connection in stalled:
        connection.send(request("POST", "/", "echo.localhost", ["content-length: 1000"], b"x"))
    start = time.monotonic()
    for _ in range(50):
        assert server.call("echo", "/headers").status == 200
    assert time.monotonic() - start < patient(5)
    for connection in stalled:
        connection.close()
    eventually(lambda: server.running_calls() == 0, 5, "the end of the stalled calls")
