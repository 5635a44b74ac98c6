"""Reaches each limit of src/http/http2/limits.hpp. Each is answered with the right code and counted, and other
connections go on."""
import threading
import time

import pytest
from hyperframe.frame import ContinuationFrame, DataFrame, HeadersFrame, PingFrame, PriorityFrame, SettingsFrame

from support.h2_raw import (CANCEL, ENHANCE_YOUR_CALM, FLOW_CONTROL_ERROR, NO_ERROR, PROTOCOL_ERROR, REFUSED_STREAM, SETTINGS_TIMEOUT, STREAM_CLOSED, Peer,
                            PREFACE, priority_update)
from support.waiting import eventually, patient

SERVER_CONFIG = {"limits": {"timeout_ms": 60_000}}
MB = 1 << 20


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    for name in ("hello", "echo", "sleep", "bodies"):
        server.deploy(name, name, verify=False)
    for name in ("hello", "echo", "sleep", "bodies"):
        server.call(name, "/?ms=1")


@pytest.fixture(autouse=True)
def neighbour(server):
    """A client on another connection, whose requests must all be answered."""
    stop, answers = threading.Event(), []

    def ask():
        with Peer(server.address) as peer:
            answers.append(peer.answer(peer.ask("hello.localhost")).status)     # a test may end before this thread has begun
            while not stop.wait(0.01):
                answers.append(peer.answer(peer.ask("hello.localhost")).status)

    thread = threading.Thread(target=ask)
    thread.start()
    yield
    stop.set()
    thread.join(patient(20))
    assert not thread.is_alive() and answers and set(answers) == {200}


class Refusals:
    """Counts how much the metric grows during the `with` block."""

    def __init__(self, server, reason, least=1):
        self.server, self.reasons, self.least = server, reason.split(), least

    def now(self):
        metrics = self.server.prometheus()
        return sum(metrics['faasta_http2_refusals_total{reason="%s"}' % reason] for reason in self.reasons)

    def __enter__(self):
        self.before = self.now()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            assert self.now() >= self.before + self.least


def flood(peer, data, count):
    """Sends `data` many times without waiting, until the server closes the connection. Returns the code of the
    GOAWAY."""
    for _ in range(count // 50):
        if not peer.send(data * 50):
            break
    return peer.end()


# ---- frames that cost the client nearly nothing ----

FLOODS = {
    "ping": lambda stream: Peer.frame(PingFrame(0, b"12345678")),
    "settings": lambda stream: Peer.frame(SettingsFrame(0)),
    "empty data": lambda stream: Peer.frame(DataFrame(stream, b"")),
    "priority": lambda stream: Peer.frame(PriorityFrame(stream, depends_on=0, stream_weight=1)),
    "priority update": priority_update,
}


@pytest.mark.parametrize("kind", FLOODS)
def test_frames_that_cost_nothing(server, kind):
    with Refusals(server, "idle_frames acks"), Peer(server.address) as peer:
        stream = peer.ask("sleep.localhost", "/?ms=30000", method="POST", end=False)
        assert flood(peer, FLOODS[kind](stream), 2000) == ENHANCE_YOUR_CALM
    eventually(lambda: server.running_calls() <= 1, 5, "the end of the call")


def test_fewer_of_them_are_fine(server):
    with Peer(server.address) as peer:
        stream = peer.ask("hello.localhost")
        # Fewer than 100 of these frames need an acknowledgement, because the server may read all of them before it writes.
        peer.send(FLOODS["ping"](stream) * 40 + FLOODS["priority update"](stream) * 50 + FLOODS["settings"](stream) * 40)
        peer.read(lambda: peer.pongs == 40)
        assert peer.answer(peer.ask("hello.localhost")).status == 200


def test_entries_of_one_settings_frame(server):
    frame = bytearray(Peer.frame(SettingsFrame(0, settings={4: 65_535})))
    entry, count = frame[9:], 33
    with Refusals(server, "settings"), Peer(server.address) as peer:
        peer.send(len(entry * count).to_bytes(3, "big") + frame[3:9] + entry * count)
        assert peer.end() == ENHANCE_YOUR_CALM


def test_continuations(server):
    with Refusals(server, "continuations"), Peer(server.address) as peer:
        block = peer.encoder.encode([(":method", "GET"), (":scheme", "http"), (":authority", "hello.localhost"), (":path", "/")])
        peer.send(Peer.frame(HeadersFrame(1, block), "END_STREAM"))
        assert flood(peer, Peer.frame(ContinuationFrame(1, b"")), 1000) == ENHANCE_YOUR_CALM


# ---- resets ----

def test_rapid_reset(server):
    with Refusals(server, "client_resets"), Peer(server.address) as peer:
        for _ in range(2000):
            stream = peer.ask("sleep.localhost", "/?ms=30000")
            if not peer.reset(stream):
                break
        assert peer.end() == ENHANCE_YOUR_CALM
    eventually(lambda: server.running_calls() <= 1, 5, "the end of the calls")


def test_made_you_reset(server):
    """CVE-2025-8671: the client makes the server reset the streams."""
    with Refusals(server, "own_resets"), Peer(server.address) as peer:
        for _ in range(500):
            stream = peer.ask("sleep.localhost", "/?ms=30000")
            if not peer.window(stream, 0x7fff_ffff):
                break
        assert peer.end() == ENHANCE_YOUR_CALM
        assert FLOW_CONTROL_ERROR in {stream.reset for stream in peer.streams.values()}
    eventually(lambda: server.running_calls() <= 1, 5, "the end of the calls")


# ---- requests ----

def test_requests_at_once(server):
    with Refusals(server, "streams"), Peer(server.address) as peer:
        over = [peer.ask("sleep.localhost", "/?ms=30000") for _ in range(101)][-1]      # the client has not read the server's settings yet
        peer.read(lambda: peer.streams[over].reset is not None)
        assert peer.streams[over].reset == REFUSED_STREAM and peer.settings[3] == 100
        peer.ask("sleep.localhost", "/?ms=30000")       # the client has acknowledged the limit
        assert peer.end() == PROTOCOL_ERROR


def test_requests_of_one_connection(server):
    with Refusals(server, "requests"), Peer(server.address) as peer:
        streams = []
        for _ in range(10_000 // 50):
            streams = [peer.ask("hello.localhost") for _ in range(50)]
            for stream in streams:
                peer.answer(stream)
        assert peer.end() == NO_ERROR
        assert all(peer.streams[stream].status == 200 for stream in streams)


# ---- heads ----

def test_a_browsers_cookies(server):
    fields = [("cookie", f"name{i}=value{i}") for i in range(90)] + [(f"field-{i}", "value") for i in range(15)]
    with Peer(server.address) as peer:
        answer = peer.answer(peer.ask("echo.localhost", "/headers", fields=fields))
        assert answer.status == 200 and b"name0=value0; name1=value1" in answer.body


@pytest.mark.parametrize("fields", [
    pytest.param([(f"f{i}", "v") for i in range(150)], id="fields"),
    pytest.param([("cookie", "c")] * 257, id="crumbs"),
    pytest.param([("cookie", "")] * 900, id="many empty crumbs"),
    pytest.param([(f"f{i}", "v" * 12_000) for i in range(6)], id="bytes"),
])
def test_a_head_that_is_too_large(server, fields):
    with Peer(server.address) as peer:
        answer = peer.answer(peer.ask("hello.localhost", fields=fields))
        assert answer.status == 431 and answer.ended
        assert peer.answer(peer.ask("hello.localhost")).status == 200


@pytest.mark.parametrize("field", [("a", "v" * 3000), ("cookie", "c=" + "v" * 3000), ("cookie", "")], ids=["field", "cookie", "empty crumb"])
def test_a_bomb_of_references_to_one_field(server, field):
    """Each reference is one byte on the wire. The published attack keeps the memory in use with a window of zero."""
    before = server.memory()
    with Refusals(server, "head_flood"), Peer(server.address, window=0) as peer:
        peer.send(peer.head([(":method", "GET"), (":scheme", "http"), (":authority", "hello.localhost"), (":path", "/"), *[field] * 16_000]))
        assert peer.end() == ENHANCE_YOUR_CALM
    assert server.memory() - before < 8 * MB


def test_bombs_under_the_limit_of_a_request_are_bounded_over_all(server):
    """Each head may have 64 KiB, but all heads of a connection together only 256 KiB. The answers wait for a window
    that stays closed. More such heads end the connection."""
    before = server.memory()
    fields = [("a", "v" * 3000)] * 18
    with Refusals(server, "heads", 13), Peer(server.address, window=0) as peer:
        streams = [peer.ask("sleep.localhost", "/?ms=20000", fields=fields) for _ in range(18)]
        peer.read(lambda: sum(peer.streams[stream].status == 431 for stream in streams) >= 13)
        for step in range(20):
            assert all(peer.window(stream, 1) for stream in streams)
        assert server.memory() - before < 8 * MB
        peer.send(b"".join(peer.head([(":method", "GET"), (":scheme", "http"), (":authority", "sleep.localhost"), (":path", "/"), *fields]) for _ in range(40)))
        assert peer.end() == ENHANCE_YOUR_CALM


# ---- streams and connections without progress ----

def test_answers_that_nobody_takes_are_bounded(server):
    """100 answers of at least 128 KiB for a client that opens no window."""
    before = server.memory()
    with Peer(server.address, window=0) as peer:
        streams = [peer.ask("bodies.localhost", "/write?n=131072") for _ in range(100)]
        peer.read(lambda: sum(peer.streams[stream].status == 200 for stream in streams) >= 4)
        eventually(lambda: server.running_calls() <= 20, 10, "calls that wait")
        assert server.memory() - before < 24 * MB
        assert sum(peer.streams[stream].status == 200 for stream in streams) < 50, "handlers began though nobody takes their answers"
        for stream in streams:
            peer.window(stream, 1 << 20)
        peer.window(0, 100 << 20)
        for stream in streams:
            assert len(peer.answer(stream, 60).body) == 131_072


@pytest.mark.parametrize("drips", [False, True], ids=["nothing", "a byte a second"])
def test_a_stalled_stream(server, drips):
    with Refusals(server, "stalled"), Peer(server.address, window=0) as peer:
        stream = peer.ask("bodies.localhost", "/write?n=5000")
        start = time.monotonic()
        while peer.streams[stream].reset is None and time.monotonic() - start < patient(45):
            if drips:
                peer.window(stream, 1)
            peer.ping()
            answered = peer.pongs + 1
            peer.read(lambda: peer.pongs >= answered or peer.streams[stream].reset is not None)
            time.sleep(1)
        assert peer.streams[stream].reset == CANCEL and 28 < time.monotonic() - start


def test_a_client_that_does_not_acknowledge_the_settings(server):
    with Refusals(server, "settings_ack"), server.connect() as connection:
        connection.send(PREFACE + Peer.frame(SettingsFrame(0)))
        start, received = time.monotonic(), b""
        while data := connection.socket.recv(1 << 16):
            received += data
        assert 9 < time.monotonic() - start < patient(15)
        goaway = received[-17:]
        assert goaway[3] == 7 and goaway[-1] == SETTINGS_TIMEOUT


def test_a_head_that_is_never_complete(server):
    with Refusals(server, "slow_head"), Peer(server.address) as peer:
        peer.ping()
        peer.read(lambda: peer.pongs)       # the settings are acknowledged before the head begins
        peer.send(Peer.frame(HeadersFrame(1, b"\x82"), "END_STREAM"))
        start = time.monotonic()
        assert peer.end() == ENHANCE_YOUR_CALM
        assert 9 < time.monotonic() - start < patient(15)


def test_frames_that_break_the_protocol(server):
    with Refusals(server, "protocol"), Peer(server.address) as peer:
        stream = peer.ask("hello.localhost")
        peer.answer(stream)
        peer.data(stream, b"late")
        assert peer.end() == STREAM_CLOSED

