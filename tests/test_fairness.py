"""Calls that compute for long let short calls go first, and owners with many calls let other owners go first."""
import select
import statistics
import time

import pytest

from support.http1 import request
from support.people import Person
from support.waiting import eventually, patient

SERVER_CONFIG = {"server": {"threads": 1, "connections_per_client": 0}, "limits": {"cpu_ms": 20_000, "timeout_ms": 60_000, "first_byte_ms": 60_000}}
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


BURST = 200     # as many calls as an owner may have at once


@pytest.fixture(scope="module")
def people(server):
    """Two owners with a function that computes, and one with a function that only answers."""
    names = ("burst-a", "spin"), ("burst-b", "spin"), ("victim", "hello-raw")
    for name, component in names:
        assert Person(server, name).upload(name, component, verify=False).status == 201
    return [name for name, _ in names]


def answered(connections):
    """How many of the connections have an answer, or a part of it."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection.socket, select.POLLIN)
    return len(poll.poll(0))


@pytest.mark.parametrize("target, owners", [("/ms/1", 1), ("/ms/1", 2), ("/ms/3", 1), ("/ms/3", 2)])
def test_a_burst_of_calls_waits_behind_itself(server, people, target, owners):
    """A request of another owner comes after the requests of a burst, on the only event loop. It is answered before
    nearly all of them."""
    connections = [(server.connect(), name) for name in people[:owners] for _ in range(BURST // owners)]
    overtaken = []
    with server.connect() as victim:
        for _ in range(7):
            assert victim.exchange(request("GET", "/", server.host("victim"))).status == 200
            for connection, name in connections:
                connection.send(request("GET", target, server.host(name)))
            before = answered(one for one, _ in connections)
            assert victim.exchange(request("GET", "/", server.host("victim"))).status == 200
            overtaken.append(answered(one for one, _ in connections) - before)
            for connection, _ in connections:
                assert connection.read_response("GET").status == 200
    for connection, _ in connections:
        connection.close()
    assert statistics.median(overtaken) <= BURST / 10, overtaken


def test_the_wait_for_a_turn_is_in_the_queue_phase(make_server):
    server = make_server({"server": {"threads": 1, "server_timing": True}, "limits": {"cpu_ms": 1000}})
    server.deploy("spin", "spin", verify=False)
    connections = [server.connect() for _ in range(50)]
    for connection in connections:
        connection.send(request("GET", "/ms/2", server.host("spin")))
    waited = []
    for connection in connections:
        timing = connection.read_response("GET").header("server-timing")
        waited.append(float(timing.split("queue;dur=")[1].split(",")[0]))
        connection.close()
    assert max(waited) > 10, waited
