"""Calls that compute for long let short calls go first."""
import time

import pytest

from support.http1 import request
from support.waiting import eventually, patient

SERVER_CONFIG = {"server": {"threads": 1}, "limits": {"cpu_ms": 20_000, "timeout_ms": 60_000, "first_byte_ms": 60_000}}
SPINNERS, CALLS = 60, 20


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    server.deploy("spin", "spin", verify=False)
    server.deploy("brief", "spin", verify=False, cpu_ms=20)
    server.deploy("hello", "hello-raw")


@pytest.fixture
def spinners(server):
    """Endless calls on the only event loop of the server."""
    open_ = [server.connect().send(request("GET", "/", server.host("spin"), ["connection: close"])) for _ in range(SPINNERS)]
    eventually(lambda: server.running_calls() == SPINNERS, 10, "all spinners run")
    yield open_
    for connection in open_:
        connection.close()
    eventually(lambda: server.running_calls() == 0, 10, "all spinners are gone")


def test_short_calls_do_not_queue_behind_endless_ones(server, spinners):
    """If calls ran strictly in turn, each short call would wait several times for a slice of every endless call."""
    start = time.monotonic()
    for _ in range(CALLS):
        assert server.call("hello").status == 200
    assert time.monotonic() - start < patient(4)
    # An answer is sent before its instance is dropped, so the last short call may still be counted for a moment.
    eventually(lambda: server.running_calls() == SPINNERS, 5, "the spinners alone")


def test_endless_calls_go_on_beside_a_busy_loop(server, spinners):
    """A loop that is never idle gives endless calls slices too, so that they reach their CPU limit."""
    end = time.monotonic() + patient(30)
    with server.connect() as busy, server.connect(60) as brief:
        brief.send(request("GET", "/", server.host("brief")))
        brief.socket.setblocking(False)
        while time.monotonic() < end:
            assert busy.exchange(request("GET", "/", server.host("hello"))).status == 200
            try:
                answer = brief.socket.recv(65536)
                break
            except BlockingIOError:
                continue
        assert b" 503 " in answer.split(b"\r\n")[0] or b" 504 " in answer.split(b"\r\n")[0] or b" 500 " in answer.split(b"\r\n")[0], answer
