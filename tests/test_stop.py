"""SIGTERM: running calls finish, no new calls start, and the process ends with 0."""
import signal
import threading
import time

import pytest

from support.http1 import Broken, request
from support.server import BINARIES
from support.waiting import eventually, patient


@pytest.fixture
def server(make_server):
    server = make_server()
    for name in ("sleep", "stream", "echo"):
        server.deploy(name, name, verify=False)
    return server


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_running_calls_finish(server, stop):
    with server.connect() as waiting, server.connect() as streaming, server.connect() as sending, server.connect() as idle:
        waiting.send(request("GET", "/?ms=1000", "sleep.localhost"))
        streaming.send(request("GET", "/?n=20&ms=50", "stream.localhost"))
        sending.send(request("POST", "/", "echo.localhost", ["content-length: 6"], b"abc"))
        assert idle.exchange(request("GET", "/headers", "echo.localhost")).status == 200
        eventually(lambda: server.running_calls() == 3, 5, "three running calls")
        server.process.send_signal(stop)
        assert idle.ended(), "an idle connection stays open"
        assert waiting.read_response().text == "slept 1000 ms\n"
        answer = streaming.read_response()
        assert answer.whole and answer.text.count("data: ") == 20
        answer = sending.exchange(b"def")
        assert answer.whole and answer.body == b"abcdef"
        for connection in (waiting, streaming, sending):
            assert connection.ended()
    assert server.process.wait(patient(5)) == 0


@pytest.mark.parametrize("supervised", [False, True])
def test_a_signal_that_is_ignored_does_not_stop_it(make_server, supervised):
    """A shell has its programs in the background ignore SIGINT, because Ctrl-C is meant for those in the foreground."""
    server = make_server(start=False)
    server.program = ["sh", "-c", 'trap "" INT; exec "$0" "$@"', *([BINARIES / "faasta-supervisor"] if supervised else []), *server.program]
    server.start()
    server.process.send_signal(signal.SIGINT)
    assert server.api("GET", "/v1/functions").status == 200
    assert server.stop() == 0
    if not supervised:
        assert server.event("stopping")["signal"] == signal.SIGTERM, "SIGINT came first, and did not stop it"


def test_nothing_new_starts(server):
    with server.connect() as running, server.connect() as kept:
        assert kept.exchange(request("GET", "/headers", "echo.localhost")).status == 200
        running.send(request("GET", "/?ms=1500", "sleep.localhost"))
        eventually(lambda: server.running_calls() == 1, 5, "a running call")
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: refused(server), 1, "the refusal of new connections")
        assert running.read_response().text == "slept 1500 ms\n"
    assert server.process.wait(patient(5)) == 0


def refused(server):
    try:
        with server.connect(2) as connection:
            answer = connection.exchange(request("GET", "/headers", "echo.localhost"))
            return answer.status == 503
    except (OSError, Broken):
        return True


def test_an_idle_server_stops_at_once(server):
    start = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - start < patient(1)
    assert server.event("ready") and server.log_lines()[-1]["level"] == "info"


def test_connections_that_come_at_that_moment_are_not_waited_for(make_server):
    """These clients send nothing, so the server must close each connection that it has accepted."""
    server = make_server()
    for _ in range(10):
        stop, opened = threading.Event(), []

        def open_some():
            while not stop.is_set():
                try:
                    opened.append(server.connect(5))
                except OSError:
                    return
        threads = [threading.Thread(target=open_some) for _ in range(3)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(opened) > 200, 20, "many connections")
        start = time.monotonic()
        assert server.stop() == 0
        took = time.monotonic() - start
        stop.set()
        for thread in threads:
            thread.join()
        for connection in opened:
            connection.close()
        assert took < patient(5), took
        server.start()


def test_it_waits_no_longer_than_30_seconds(make_server):
    server = make_server({"limits": {"timeout_ms": 120_000, "first_byte_ms": 120_000}})
    server.deploy("sleep", "sleep", verify=False)
    with server.connect(60) as connection:
        connection.send(request("GET", "/?ms=110000", "sleep.localhost"))
        eventually(lambda: server.running_calls() == 1, 5, "a running call")
        start = time.monotonic()
        assert server.stop(40) == 0
        assert 25 <= time.monotonic() - start <= 33
        with pytest.raises(Broken):
            connection.read_response()


def test_a_deploy_under_way_ends_one_way_or_the_other(server):
    """The restarted server serves the version that the answer of the deploy says."""
    from support.guests import version_guest, version_mark
    server.deploy("late", version_guest(1))
    answers = []

    def deploy():
        try:
            answers.append(server.upload("late", version_guest(2)))
        except (Broken, OSError):
            answers.append(None)
    thread = threading.Thread(target=deploy)
    thread.start()
    server.process.send_signal(signal.SIGTERM)
    thread.join()
    assert server.process.wait(patient(35)) == 0
    server.start()
    body = server.call("late").body
    answer = answers[0]
    assert body in (version_mark(1), version_mark(2))
    if answer is not None and answer.status == 201:
        assert body == version_mark(2), answer
    elif answer is not None:
        assert body == version_mark(1), answer
