"""The same component file gives the same answer under `wasmtime serve` and here.

Compared: status, end-to-end headers with their order among equal names, body, trailers, and whether the answer is whole.
Differences that are meant (each is a row of INTENDED, or is filtered below):
- `date`, `x-request-id`, and the fields of the connection's own framing (`transfer-encoding`, `content-length`, `connection`,
  `keep-alive`, `trailer`): the same bytes may be framed in two ways.
- What the guest sees of its request: `x-request-id`, `forwarded` and `x-forwarded-*` are ours; hop-by-hop fields (`connection`, `te`,
  `transfer-encoding`, `upgrade`, ...) and `expect` never reach it, while wasmtime passes some of them on.
- An answer that is broken after its head ends cleanly under wasmtime and is cut here; an error before the head is a problem document here.
- Requests that the framing gate refuses (test_framing.py).
"""
import json
import os
import threading

import pytest

from support.http1 import Broken, chunked, request
from support.peer import Peer

SERVER_CONFIG = {"limits": {"request_body_mb": 80, "cpu_ms": 20_000}}
FRAMING = {"date", "x-request-id", "transfer-encoding", "content-length", "connection", "keep-alive", "trailer"}
OURS = {"x-request-id", "forwarded", "x-real-ip"}
HOP = {"connection", "keep-alive", "te", "transfer-encoding", "upgrade", "trailer", "proxy-connection", "expect", "content-length"}
NOISE = os.urandom(1 << 16)


def noise(size):
    return (NOISE * (size // len(NOISE) + 1))[:size]


def shape(guest, name, method="GET", target="/", lines=(), body=b""):
    return pytest.param(guest, method, target, list(lines), body, id=f"{guest}: {name}")


def shapes():
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW", "get", "PROPFIND"):
        yield shape("echo", f"{method} /headers", method, "/headers")
    yield shape("echo", "HEAD", "HEAD", "/headers")
    for target in ("/headers?a=1&b=2", "/headers?", "/headers?a=%20%00%ff", "/headers?a=b?c", "/headers?/../x", "/headers?[]{}|^", "/headers?+&;=,'()*!$@:",
                   "/headers?" + "q" * 8000, "/headers?a=b=c&a=d"):
        yield shape("echo", f"target {target[:30]}", "GET", target)
    for name, lines in {
        "repeated": ["x-a: 1", "x-b: 2", "x-a: 3"], "empty": ["x-a:"], "spaces": ["x-a:   v w   "], "tabs": ["x-a:\tv\tw\t"], "case": ["X-MiXeD: V"],
        "obs-text": ["x-a: caf\xe9"], "long": ["x-a: " + "v" * 8000], "many": [f"x-{n}: {n}" for n in range(60)], "cookies": ["cookie: a=1", "cookie: b=2"],
        "accept": ["accept: text/html, */*;q=0.1", "accept-encoding: gzip, br", "accept-language: de"], "authorization": ["authorization: Bearer abc"],
        "cache": ["if-none-match: \"abc\"", "cache-control: no-cache", "range: bytes=0-3"], "origin": ["origin: http://a.test", "referer: http://a.test/b"],
        "odd names": ["!#$%&'*+-.^_`|~: v"], "content": ["content-type: application/json; charset=utf-8", "content-language: en", "content-encoding: br"],
        "user agent": ["user-agent: curl/1 (\"quoted\")"],
    }.items():
        yield shape("echo", f"fields: {name}", "GET", "/headers", lines)
    for size in (0, 1, 100, 65_535, 65_536, 65_537, 1 << 20, 5 << 20, 64 << 20):
        yield shape("echo", f"{size} bytes", "POST", "/", [f"content-length: {size}", "content-type: x/y"], noise(size))
    for size in (0, 1, 100_000, 8 << 20):
        parts = [noise(size)[at:at + 70_001] for at in range(0, size, 70_001)]
        yield shape("echo", f"{size} bytes in chunks", "PUT", "/", ["transfer-encoding: chunked"], chunked(*parts))
    yield shape("echo", "trailers", "POST", "/", ["transfer-encoding: chunked", "te: trailers", "trailer: x-sum"], chunked(b"abc", trailers=["x-sum: 6"]))
    yield shape("echo", "an extension", "POST", "/", ["transfer-encoding: chunked"], b"3;a=b\r\nabc\r\n0\r\n\r\n")
    yield shape("echo", "a body with GET", "GET", "/", ["content-length: 3"], b"abc")
    yield shape("echo", "a body with DELETE", "DELETE", "/", ["content-length: 3"], b"abc")
    yield shape("trailers", "trailers", lines=["te: trailers"])
    yield shape("trailers", "no trailers wanted")
    yield shape("trailers", "HEAD", "HEAD")
    for status in (200, 201, 204, 206, 301, 304, 400, 404, 418, 500, 503, 599):
        yield shape("fields", f"status {status}", target=f"/?status={status}")
    yield shape("fields", "status 1000", target="/?status=1000")
    for wish in ("cookies", "empty", "obs-text", "many=40", "big=8000", "set=x-a:%20b", "set=content-type:a/b", "set=location:/x", "set=server:mine", "set=vary:a",
                 "set=etag:W/%22a%22", "set=x-a:1&set=x-a:2", "set=connection:close", "set=transfer-encoding:gzip", "set=bad%20name:v", "set=x-content-length:7"):
        yield shape("fields", wish, target=f"/?{wish}")
    yield shape("hello", "GET")
    yield shape("hello", "HEAD", "HEAD")
    yield shape("hello", "POST that is not read", "POST", lines=["content-length: 10"], body=b"0123456789")
    yield shape("hello-c", "GET")
    yield shape("hello-wat", "GET")
    yield shape("trap", "early answer", "POST", "/early", ["content-length: 3"], b"abc")
    yield shape("trap", "early answer to 1 MiB", "POST", "/early", [f"content-length: {1 << 20}"], noise(1 << 20))
    yield shape("trap", "404", target="/nothing")
    yield shape("stream", "events", target="/?n=0&ms=1")
    yield shape("log", "output", target="/?n=2")
    yield shape("memory", "40 MiB", target="/?mb=40")
    yield shape("spin", "2 ms", target="/ms/2")


INTENDED = {          # path of guest trap: what each side does
    "/before": "500 both; a problem document here", "/no-answer": "500 both", "/exit": "500 both", "/error": "500 both", "/deep": "500 both",
    "/after": "clean end there, broken here", "/exit-after": "clean end there, broken here", "/unfinished": "broken both",
}
SHAPES = list(shapes())


@pytest.fixture(scope="module")
def peers():
    running = {}

    def peer(name):
        if name not in running:
            running[name] = Peer(name)
        return running[name]
    yield peer
    for one in running.values():
        one.stop()


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    for name in sorted({param.values[0] for param in SHAPES}):
        server.deploy(name, name, verify=False)


def ask(side, name, method, target, lines, body):
    data = request(method, target, f"{name}.localhost", lines, body)
    with side.connect(120) as connection:
        sender = threading.Thread(target=connection.send_gently, args=(data,))
        sender.start()
        try:
            return connection.read_response(method)
        finally:
            sender.join()


def end_to_end(answer):
    """Fields by name, each with its values in order."""
    fields = {}
    for name, value in answer.headers:
        if name.lower() not in FRAMING:
            fields.setdefault(name.lower(), []).append(value)
    return fields


def as_the_guest_saw(answer):
    """The JSON of /headers without what differs on purpose."""
    seen = json.loads(answer.body)
    fields = {}
    for name, value in seen.pop("headers"):
        if name not in OURS | HOP and not name.startswith("x-forwarded-"):
            fields.setdefault(name, []).append(value)
    return seen | {"headers": fields}


def test_there_are_enough_shapes():
    assert len(SHAPES) >= 60


@pytest.mark.parametrize("guest, method, target, lines, body", SHAPES)
def test_same_answer(server, peers, guest, method, target, lines, body):
    theirs, ours = ask(peers(guest), guest, method, target, lines, body), ask(server, guest, method, target, lines, body)
    assert (ours.status, ours.whole) == (theirs.status, theirs.whole), (ours, theirs)
    assert end_to_end(ours) == end_to_end(theirs), (ours, theirs)
    assert ours.trailers == theirs.trailers, (ours, theirs)
    if target.startswith("/headers") and method != "HEAD":
        assert as_the_guest_saw(ours) == as_the_guest_saw(theirs)
    else:
        assert ours.body == theirs.body, (len(ours.body), len(theirs.body))


@pytest.mark.parametrize("path", INTENDED)
def test_intended_difference(server, peers, path):
    print(path, INTENDED[path])
    theirs = ask(peers("trap"), "trap", "GET", path, [], b"")
    try:
        ours = ask(server, "trap", "GET", path, [], b"")
    except Broken:
        ours = None
    if path in ("/after", "/exit-after", "/unfinished"):
        assert ours is None or (ours.status == 200 and not ours.whole), ours
        assert theirs.status == 200
    else:
        assert theirs.status >= 500 and ours.status >= 500 and ours.header("content-type") == "application/problem+json", (ours, theirs)
