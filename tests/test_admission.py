"""The limits of calls at once, for a function and in all. A call above a limit waits shortly, and is then refused with
`retry-after`."""
import threading
import time

import pytest

from support.http1 import request
from support.waiting import eventually, patient

SERVER_CONFIG = {"limits": {"timeout_ms": 20_000, "first_byte_ms": 20_000, "concurrent_calls_per_function": 8, "concurrent_calls": 20}}


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    for name, component in (("sleep", "sleep"), ("stream", "stream"), ("sleep-too", "sleep"), ("hello-raw", "hello-raw")):
        server.deploy(name, component, verify=False)


@pytest.fixture
def hold(server):
    """Calls that run until the test ends, or until `hold.release()`."""
    held = []

    def more(name, count, target="/?ms=15000"):
        before = server.running_calls()
        for _ in range(count):
            connection = server.connect()
            connection.send(request("GET", target, f"{name}.localhost"))
            held.append(connection)
        eventually(lambda: server.running_calls() == before + count, 5, f"{count} more running calls")

    def release(count=None):
        for connection in [held.pop() for _ in range(count or len(held))]:
            connection.close()
    more.release = release
    yield more
    release()
    eventually(lambda: server.running_calls() == 0, 5, "the end of all calls")


def refused(answer, status, code):
    return (answer.status, answer.code) == (status, code) and int(answer.header("retry-after")) >= 1


def test_per_function(server, hold):
    hold("sleep", 8)
    answer = server.call("sleep", "/?ms=1")
    assert refused(answer, 429, "F0508"), answer
    assert server.call("hello-raw").status == 200       # other functions still have places
    hold.release()
    assert server.call("sleep", "/?ms=1").status == 200


def test_in_all(server, hold):
    hold("sleep", 8)
    hold("stream", 8, target="/?n=1000&ms=100")
    hold("sleep-too", 4)
    answer = server.call("hello-raw")
    assert refused(answer, 503, "F0509"), answer
    assert server.api("GET", "/healthz").status == 200 and server.api("GET", "/v1/me").status == 200
    hold.release()
    assert server.call("hello-raw").status == 200


def test_who_waits_comes_in_as_soon_as_there_is_room(server, hold):
    hold("sleep", 8)
    took = []

    def wait():
        start = time.monotonic()
        assert server.call("sleep", "/?ms=1").status == 200
        took.append(time.monotonic() - start)
    threads = [threading.Thread(target=wait) for _ in range(5)]
    for thread in threads:
        thread.start()
    hold.release(1)
    for thread in threads:
        thread.join()
    assert len(took) == 5 and max(took) < patient(0.5), took


def test_a_waiting_client_that_leaves_gives_its_place_up(server, hold):
    hold("sleep", 8)
    for _ in range(30):
        with server.connect() as connection:
            connection.send(request("GET", "/?ms=1", "sleep.localhost"))
    hold.release(1)
    assert server.call("sleep", "/?ms=1").status == 200


def test_permits_come_back_after_every_kind_of_end(server, hold):
    for _ in range(5):
        hold("sleep", 8)
        hold.release()
        eventually(lambda: server.running_calls() == 0, 5, "the end of all calls")
    hold("sleep", 8)        # all eight places are free again
