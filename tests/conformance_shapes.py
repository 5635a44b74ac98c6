"""The table of test_conformance.py: requests that get the same answer here and under `wasmtime serve`.

A shape is a request to one guest. Those of `in_every_language` go to each guest that has the paths of guests/README.md ("Conformance"):
`conformance-raw`, `-wstd`, `-axum`, `-c`, `-go`, `-js`, `-python`.
"""
import dataclasses
import random

from support.http1 import chunked

LANGUAGES = ("raw", "wstd", "axum", "c", "go", "js", "python")
BINDINGS = ("raw", "c", "go", "python")              # these guests handle the response and its body without a framework
NOISE = random.Random(48).randbytes(1 << 16)      # the same in each run, since answers are recorded


def noise(size):
    return (NOISE * (size // len(NOISE) + 1))[:size]


@dataclasses.dataclass(frozen=True)
class Shape:
    guest: str
    name: str
    method: str = "GET"
    target: str = "/"
    lines: tuple = ()
    body: bytes = b""
    host: str = None                                 # the Host field, if it is not the function's usual host

    @property
    def what(self):
        """The request without the guest."""
        return (self.method, self.target, self.lines, self.body, self.host)


def length(size):
    return (f"content-length: {size}",)


CHUNKED = ("transfer-encoding: chunked",)


# ---- shapes for one guest: by their requests ----

def methods():
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW", "get", "PROPFIND"):
        yield Shape("echo", f"{method} /headers", method, "/headers")
    yield Shape("echo", "HEAD", "HEAD", "/headers")


def targets():
    for target in ("/headers?a=1&b=2", "/headers?", "/headers?a=%20%00%ff", "/headers?a=b?c", "/headers?/../x", "/headers?[]{}|^", "/headers?+&;=,'()*!$@:",
                   "/headers?" + "q" * 8000, "/headers?a=b=c&a=d"):
        yield Shape("echo", f"target {target[:30]}", "GET", target)
    for name, target in {"dots": "/seen/../seen", "slashes": "//seen", "an escape": "/%73een", "a colon": "/a:b", "a long path": "/" + "p" * 4000,
                         "what a name may have": "/~a-b_c.d!$&'()*+,;=@"}.items():
        yield Shape("conformance-raw", f"target with {name}", "GET", target)
    for name, path in {"a path": "/seen", "a query": "/seen?a=1", "a root": "/", "no path": ""}.items():
        yield Shape("conformance-raw", f"absolute target, {name}", "GET", "http://conformance-raw.localhost" + path)


def hosts():
    for name, host in {"upper case": "CONFORMANCE-RAW.LOCALHOST", "a port": "conformance-raw.localhost:8080"}.items():
        yield Shape("conformance-raw", f"host with {name}", "GET", "/seen?host", host=host)


def fields_of_requests():
    for name, lines in {
        "repeated": ["x-a: 1", "x-b: 2", "x-a: 3"], "empty": ["x-a:"], "spaces": ["x-a:   v w   "], "tabs": ["x-a:\tv\tw\t"], "case": ["X-MiXeD: V"],
        "obs-text": ["x-a: caf\xe9"], "long": ["x-a: " + "v" * 8000], "many": [f"x-{n}: {n}" for n in range(60)], "cookies": ["cookie: a=1", "cookie: b=2"],
        "accept": ["accept: text/html, */*;q=0.1", "accept-encoding: gzip, br", "accept-language: de"], "authorization": ["authorization: Bearer abc"],
        "cache": ["if-none-match: \"abc\"", "cache-control: no-cache", "range: bytes=0-3"], "origin": ["origin: http://a.test", "referer: http://a.test/b"],
        "odd names": ["!#$%&'*+-.^_`|~: v"], "content": ["content-type: application/json; charset=utf-8", "content-language: en", "content-encoding: br"],
        "user agent": ["user-agent: curl/1 (\"quoted\")"],
    }.items():
        yield Shape("echo", f"fields: {name}", "GET", "/headers", tuple(lines))


def bodies():
    for size in (0, 1, 100, 65_535, 65_536, 65_537, 1 << 20, 5 << 20, 64 << 20):
        yield Shape("echo", f"{size} bytes", "POST", "/", (*length(size), "content-type: x/y"), noise(size))
    for size in (0, 1, 100_000, 8 << 20):
        parts = [noise(size)[at:at + 70_001] for at in range(0, size, 70_001)]
        yield Shape("echo", f"{size} bytes in chunks", "PUT", "/", CHUNKED, chunked(*parts))
    yield Shape("echo", "trailers", "POST", "/", (*CHUNKED, "te: trailers", "trailer: x-sum"), chunked(b"abc", trailers=["x-sum: 6"]))
    for name, body in {"an extension": b"3;a=b\r\nabc\r\n0\r\n\r\n", "sizes with zeros": b"003\r\nabc\r\n000\r\n\r\n", "hexadecimal sizes": b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
                       "single bytes": chunked(*[b"x"] * 300)}.items():
        yield Shape("echo", f"chunks: {name}", "POST", "/", CHUNKED, body)
    yield Shape("echo", "a body with GET", "GET", "/", length(3), b"abc")
    yield Shape("echo", "a body with DELETE", "DELETE", "/", length(3), b"abc")


# ---- shapes for one guest: by their answers ----

def heads_of_answers():
    for status in (200, 201, 202, 203, 204, 206, 301, 304, 307, 400, 404, 418, 429, 500, 503, 599):
        yield Shape("fields", f"status {status}", target=f"/?status={status}")
    yield Shape("fields", "status 1000", target="/?status=1000")
    for wish in ("cookies", "empty", "obs-text", "many=40", "big=8000", "set=x-a:%20b", "set=content-type:a/b", "set=location:/x", "set=server:mine", "set=vary:a",
                 "set=etag:W/%22a%22", "set=x-a:1&set=x-a:2", "set=connection:close", "set=transfer-encoding:gzip", "set=bad%20name:v", "set=x-content-length:7",
                 "set=keep-alive:1", "set=upgrade:h2c", "set=date:now", "set=cache-control:no-store", "set=www-authenticate:Basic"):
        yield Shape("fields", wish, target=f"/?{wish}")


def bodies_of_answers():
    yield Shape("trailers", "trailers", lines=("te: trailers",))
    yield Shape("trailers", "no trailers wanted")
    yield Shape("trailers", "HEAD", "HEAD", lines=("te: trailers",))
    for kib in (64, 192, 1024, 1900, 2048):
        yield Shape("bodies", f"{kib} KiB before the head", target=f"/first?kb={kib}")
    for status in (200, 404, 500):
        yield Shape("bodies", f"a body never opened, status {status}", target=f"/unopened?status={status}")
        yield Shape("bodies", f"an empty body, status {status}", target=f"/empty?status={status}")
    yield Shape("length", "a length with HEAD", "HEAD")
    yield Shape("length", "a length with GET")
    yield Shape("trap", "a body shorter than its length", target="/unfinished")
    yield Shape("stream", "events", target="/?n=0&ms=1")
    yield Shape("log", "output", target="/?n=2")
    yield Shape("memory", "40 MiB", target="/?mb=40")
    yield Shape("spin", "2 ms", target="/ms/2")


def unread_and_late():
    yield Shape("hello", "POST that is not read", "POST", lines=length(10), body=b"0123456789")
    yield Shape("trap", "early answer", "POST", "/early", length(3), b"abc")
    yield Shape("trap", "early answer to 1 MiB", "POST", "/early", length(1 << 20), noise(1 << 20))
    yield Shape("trap", "early answer to chunks", "POST", "/early", CHUNKED, chunked(b"abc"))
    for target in ("/?ms=300", "/?cpu=20", "/?ms=50&read=1"):
        yield Shape("afterwards", f"work after the answer, {target}", target=target)
    for name in ("hello", "hello-raw", "hello-c", "hello-wat", "hello-go", "hello-js", "hello-python"):
        yield Shape(name, "GET")
        yield Shape(name, "HEAD", "HEAD")


# ---- the same in every language ----

def paths():
    """(shape without guest, the languages whose guest has it)"""
    def row(name, target, method="GET", lines=(), body=b"", languages=LANGUAGES):
        return Shape("", name, method, target, tuple(lines), body), languages
    no_axum = tuple(name for name in LANGUAGES if name != "axum")      # its router answers some of these itself
    yield row("GET", "/")
    yield row("HEAD", "/", "HEAD")
    yield row("a path that is not there", "/nothing/here")
    for method in ("GET", "POST", "OPTIONS", "PATCH", "DELETE"):
        yield row(f"{method} /seen", "/seen?a=1&b=%20c", method)
    yield row("a method of its own", "/seen", "PROPFIND", languages=no_axum)
    yield row("fields", "/seen", lines=["x-a: 1", "x-b:", "x-a: 3", "X-C: \tv w "])
    for size in (0, 1, 70_000, 1 << 20):
        yield row(f"counts {size} bytes", "/count", "POST", length(size), noise(size))
    yield row("counts chunks", "/count", "POST", CHUNKED, chunked(noise(70_000), b"x", noise(5)))
    yield row("counts nothing", "/count")
    yield row("echoes 200 kB", "/echo", "PUT", length(200_000), noise(200_000))
    yield row("relays 300 kB", "/relay", "POST", length(300_000), noise(300_000))
    yield row("relays chunks", "/relay", "POST", CHUNKED, chunked(*[noise(999)] * 40))
    yield row("relays nothing", "/relay", "POST", length(0), languages=tuple(name for name in LANGUAGES if name != "js"))
    yield row("relays trailers", "/relay", "POST", (*CHUNKED, "te: trailers"), chunked(b"abc", trailers=["x-sum: 6"]), ("raw", "wstd", "axum"))
    for size in (10, 50_000):
        yield row(f"{size} bytes that are not read", "/unread", "POST", length(size), noise(size))
    for status in (200, 201, 204, 304, 404, 500):
        yield row(f"status {status}, no content", f"/status?code={status}")
    yield row("status 304 with a length", "/status?code=304&length=5", languages=("raw", "c", "go", "python"))
    yield row("HEAD with a length", "/status?code=200&length=5", "HEAD", languages=("raw", "c", "go", "python"))
    yield row("HEAD of a status", "/status?code=404", "HEAD")
    for count, size in ((0, 5), (1, 0), (3, 5), (40, 10_000)):
        yield row(f"{count} parts of {size}", f"/parts?n={count}&bytes={size}")
    yield row("HEAD of parts", "/parts?n=3&bytes=5", "HEAD")
    for size in (0, 1, 100_000, 1 << 20):
        yield row(f"a length of {size}", f"/sized?bytes={size}")
    for size in (0, 1, 65_536, 200_000, 1 << 20, 2 << 20):
        yield row(f"{size} bytes before the head", f"/body-first?bytes={size}", languages=BINDINGS)
    yield row("a body never opened", "/unopened", languages=BINDINGS)
    yield row("work after the answer", "/late?ms=300", languages=(*BINDINGS, "js"))
    for count, size in ((1, 8000), (60, 100)):
        yield row(f"a head of {count} fields of {size}", f"/head?n={count}&bytes={size}")
    yield row("trailers", "/trailers", lines=["te: trailers"], languages=("raw", "wstd", "c", "go", "python"))
    yield row("trailers that nobody wants", "/trailers", languages=("raw", "wstd", "c", "go", "python"))
    yield row("a stream that fails, which its engine ends", "/fail-after", languages=("js",))
    yield row("cookies", "/cookies")
    yield row("a redirect", "/redirect")


def in_every_language():
    for shape, languages in paths():
        for language in languages:
            yield dataclasses.replace(shape, guest=f"conformance-{language}")


def shapes():
    for family in (methods, targets, hosts, fields_of_requests, bodies, heads_of_answers, bodies_of_answers, unread_and_late, in_every_language):
        yield from family()
