"""Components that are not used are evicted, and their memory is freed. They are loaded again when they are called."""
import time

import pytest

from support.http1 import request
from support.server import steady
from support.waiting import SANITIZED, eventually

IDLE = 1
SERVER_CONFIG = {"engine": {"loaded_idle_s": IDLE}}


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    for name in ("hello-c", "hello-raw", "sleep", "memory"):
        server.deploy(name, name, verify=False)


def loaded(server):
    return server.prometheus()["faasta_components_loaded"]


def cold_starts(server):
    return server.prometheus()["faasta_cold_starts_total"]


def test_components_that_are_idle_go(server):
    for name in ("hello-c", "hello-raw"):
        assert server.call(name).status == 200
    assert loaded(server) >= 2
    eventually(lambda: loaded(server) == 0, 10 * IDLE, "the end of idle components")
    before = cold_starts(server)
    assert server.call("hello-c").status == 200
    eventually(lambda: cold_starts(server) == before + 1, 5, "the count of the cold start")    # the answer is sent before its call is counted


def test_what_is_used_stays(server):
    eventually(lambda: loaded(server) == 0, 10 * IDLE, "the end of idle components")
    before = cold_starts(server) + 1
    assert server.call("hello-raw").status == 200
    eventually(lambda: cold_starts(server) == before, 5, "the count of the cold start")    # see above
    end = time.monotonic() + 3 * IDLE
    while time.monotonic() < end:
        assert server.call("hello-raw").status == 200
        time.sleep(0.05)
    assert cold_starts(server) == before


def test_what_runs_stays(server):
    """A call that lasts longer than a component may be idle."""
    with server.connect() as connection:
        connection.send(request("GET", f"/?ms={4000 * IDLE}", "sleep.localhost"))
        eventually(lambda: server.running_calls() == 1, 5, "the call")
        eventually(lambda: loaded(server) == 1, 3 * IDLE, "the end of the others")
        answer = connection.read_response("GET")
    assert answer.text == f"slept {4000 * IDLE} ms\n"
    eventually(lambda: loaded(server) == 0, 10 * IDLE, "its end")


def test_memory_goes_back(server):
    """Slots keep their pages for the next call only for a limited time."""
    def used():
        return server.memory("RssAnon")

    def call_at_once():
        connections = [server.connect() for _ in range(30)]
        for connection in connections:
            connection.send(request("GET", "/?ms=500", "sleep.localhost"))
        answers = [connection.read_response("GET") for connection in connections]
        assert all(answer.status == 200 for answer in answers)
        for connection in connections:
            connection.close()

    def settled(seconds):
        eventually(lambda: loaded(server) == 0, 10 * IDLE, "the end of idle components")
        return steady(used, seconds)
    call_at_once()                    # so that memory that stays, such as the logs' cache, is allocated before
    before = settled(2)
    call_at_once()
    held = used() - before
    left = settled(3) - before
    print(f"{held >> 10} KiB after 30 calls at once, {left >> 10} KiB later")
    if not SANITIZED:
        assert left < max(held // 4, 1 << 20), (held, left)
