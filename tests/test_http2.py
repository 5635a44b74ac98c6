"""HTTP/2 without TLS (prior knowledge) and over TLS: parallel requests, bodies, resets, stop of the server."""
import hashlib
import time

import pytest

from support.guests import guest_file
from support.h2_client import client_context
from support.h2_raw import CANCEL, INTERNAL_ERROR, NO_ERROR, Peer
from support.waiting import eventually, patient

SERVER_ARGUMENTS = ["--dev-tls", "--tls-listen", "127.0.0.1:0"]
SERVER_CONFIG = {"limits": {"request_body_mb": 80, "cpu_ms": 20_000, "timeout_ms": 60_000}}
MB = 1 << 20


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    for name in ("hello", "echo", "sleep", "stream", "trap", "trailers", "bodies"):
        server.deploy(name, name, verify=False)


@pytest.fixture(params=["clear", "tls"])
def ways(request, server):
    """A function that opens a connection for a host, and the scheme."""
    if request.param == "clear":
        return lambda host: Peer(server.address), "http"
    context = client_context(server.data / "tls" / "dev" / "root.pem", "h2")
    return lambda host: Peer(server.https, context, host), "https"


def test_a_hundred_requests_at_once(ways):
    open_peer, scheme = ways
    with open_peer("hello.localhost") as peer:
        streams = [peer.ask("hello.localhost", scheme=scheme) for _ in range(100)]
        for stream in streams:
            answer = peer.answer(stream)
            assert (answer.status, bytes(answer.body), answer.ended, answer.reset) == (200, b"hello from faasta\n", True, None)


def test_bodies_in_both_directions(ways):
    """Sends 60 MB in each direction at once, within the server's windows. The server's memory does not grow."""
    part = b"0123456789abcdef" * 1024
    open_peer, scheme = ways
    with open_peer("echo.localhost") as peer:
        stream = peer.ask("echo.localhost", method="POST", end=False, scheme=scheme)
        mine = peer.streams[stream]
        sent, room = 0, lambda: 65_535 + min(mine.window, peer.given) - sent
        while sent < 60 * MB:
            peer.read(lambda: room() >= len(part), what="a window")
            peer.data(stream, part)
            sent += len(part)
        peer.data(stream, b"", end=True)
        answer = peer.answer(stream, 60)
        assert (answer.status, len(answer.body), answer.ended) == (200, sent, True)
        assert bytes(answer.body) == part * (sent // len(part))


def test_a_deploy_arrives_whole(server, ways):
    """The server writes a part of the upload to its file while it receives the next ones. Each deploy has its own bytes."""
    open_peer, scheme = ways
    component, part = guest_file("hello-wat").read_bytes(), 9000
    for number in range(5):
        data = with_section(component, "".join(f"{scheme} {number} {line}\n" for line in range(20_000)).encode())
        with open_peer("api.localhost") as peer:
            path = f"/v1/functions/uploaded/versions?sha256={hashlib.sha256(data).hexdigest()}"
            stream = peer.ask("api.localhost", path, method="POST", end=False, scheme=scheme, fields=[("authorization", f"Bearer {server.token}"), ("content-type", "application/wasm")])
            mine, sent = peer.streams[stream], 0
            while sent < len(data):
                peer.read(lambda: 65_535 + min(mine.window, peer.given) - sent >= part, what="a window")
                peer.data(stream, data[sent:sent + part], end=sent + part >= len(data))
                sent += part
            answer = peer.answer(stream, 60)
            assert answer.status == 201, bytes(answer.body)


def with_section(component, content):
    """The component with one more custom section."""
    body = b"\x04test" + content
    length = len(body)
    return component + b"\x00" + bytes([length & 127 | 128, length >> 7 & 127 | 128, length >> 14]) + body


def test_memory_stays_while_large_bodies_pass(server):
    before = server.memory()
    test_bodies_in_both_directions((lambda host: Peer(server.address), "http"))
    assert server.memory() - before < 24 * MB


def test_trailers(ways):
    open_peer, scheme = ways
    with open_peer("trailers.localhost") as peer:
        answer = peer.answer(peer.ask("trailers.localhost", fields=[("te", "trailers")], scheme=scheme))
        assert dict(answer.trailers)["x-length"] == "8" and answer.body == b"counted\n" and answer.ended


@pytest.mark.parametrize("target", ["/after", "/exit-after", "/unfinished"])
def test_a_guest_that_fails_behind_its_head_never_ends_cleanly(server, target):
    with Peer(server.address) as peer:
        answer = peer.answer(peer.ask("trap.localhost", target))
        assert (answer.status, answer.ended, answer.reset) == (200, False, INTERNAL_ERROR)
        again = peer.answer(peer.ask("hello.localhost"))
        assert again.status == 200 and peer.goaway is None


def test_an_early_answer_and_then_the_body_is_refused(server):
    with Peer(server.address) as peer:
        stream = peer.ask("trap.localhost", "/early", method="POST", end=False)
        peer.data(stream, b"x" * 1000)
        peer.read(lambda: peer.streams[stream].reset is not None, what="the reset behind the answer")
        answer = peer.streams[stream]
        assert (answer.status, answer.ended, answer.reset) == (200, True, NO_ERROR)


@pytest.mark.parametrize("way", ["reset", "close", "goes"])
def test_a_client_that_goes_cancels_its_guests(server, way):
    """The calls must end within 50 ms; a busy machine may need longer."""
    eventually(lambda: server.running_calls() == 0, 10, "the end of earlier calls")
    with Peer(server.address) as peer:
        streams = [peer.ask("sleep.localhost", target) for target in ("/?ms=50000", "/after-head?ms=50000")]
        eventually(lambda: server.running_calls() == 2, 10, "two calls")
        start = time.monotonic()
        if way == "reset":
            for stream in streams:
                peer.reset(stream)
        elif way == "close":
            peer.socket.close()
        else:
            peer.socket.shutdown(1)
        eventually(lambda: server.running_calls() == 0, 5, "the end of the calls")
        assert time.monotonic() - start < patient(0.5)
        if way == "reset":
            assert peer.answer(peer.ask("hello.localhost")).status == 200


def test_streams_have_fair_turns(server):
    """A short answer does not wait for long ones on the same connection."""
    with Peer(server.address) as peer:
        long = [peer.ask("bodies.localhost", "/write?n=20000000") for _ in range(8)]
        peer.read(lambda: all(peer.streams[stream].body for stream in long), what="the beginning of the long answers")
        start = time.monotonic()
        peer.answer(peer.ask("hello.localhost"))
        quick = time.monotonic() - start
        assert any(not peer.streams[stream].ended for stream in long), "the long answers were over too soon to say anything"
        assert quick < patient(1)
        for stream in long:
            peer.reset(stream)


def test_http1_and_http2_share_the_address(server):
    assert server.call("hello").status == 200
    with Peer(server.address) as peer:
        assert peer.answer(peer.ask("hello.localhost")).status == 200
    with server.connect() as connection:
        connection.send(b"PRI * HTTP/1.1\r\nhost: hello.localhost\r\n\r\n")      # similar to the preface
        assert connection.read_response().status >= 400


def test_a_stop_finishes_streams_and_says_goodbye(make_server):
    server = make_server()
    server.deploy("sleep", "sleep", verify=False)
    with Peer(server.address) as busy, Peer(server.address) as idle:
        stream = busy.ask("sleep.localhost", "/?ms=1500")
        eventually(lambda: server.running_calls() == 1, 10, "the call")
        idle.read(lambda: idle.settings is not None)
        server.process.terminate()
        busy.read(lambda: busy.goaway is not None, what="the first GOAWAY")
        answer = busy.answer(stream)
        assert (answer.status, answer.ended, answer.reset) == (200, True, None)
        assert busy.end() == NO_ERROR and idle.end() == NO_ERROR
    assert server.process.wait(patient(20)) == 0


def test_a_reset_of_an_unknown_kind_is_a_reset(server):
    with Peer(server.address) as peer:
        stream = peer.ask("sleep.localhost", "/?ms=50000")
        peer.reset(stream, 0xdead)
        peer.reset(stream, CANCEL)
        assert peer.answer(peer.ask("hello.localhost")).status == 200
