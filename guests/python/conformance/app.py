"""The paths of the conformance guests (guests/README.md) in Python."""
import urllib.parse

from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import monotonic_clock
from wit_world.imports.types import ErrorCode_InternalError, Fields, IncomingBody, OutgoingBody, OutgoingResponse, ResponseOutparam


class Answer:
    """A response. Its head may be set before or after its body is written."""

    def __init__(self, out, status=200, fields=(), given=True):
        self.response, self.out = OutgoingResponse(Fields.from_list([(name, value.encode()) for name, value in fields])), out
        self.response.set_status_code(status)
        self.body = self.response.body()
        if given:
            self.give()
        self.stream = self.body.write()

    def give(self):
        ResponseOutparam.set(self.out, Ok(self.response))

    def send(self, content):
        left = memoryview(content)
        while left:
            room = self.stream.check_write()
            if room == 0:
                self.stream.subscribe().block()
                continue
            self.stream.write(bytes(left[:room]))
            left = left[room:]
        return self

    def finish(self, trailers=None):
        self.stream.__exit__(None, None, None)
        OutgoingBody.finish(self.body, trailers)


def sized(out, content):
    Answer(out, fields=[("content-length", str(len(content)))]).send(content).finish()


def parts_of(request):
    """Yields the parts of the request's body. The end of the body is a StreamError_Closed."""
    body = request.consume()
    stream = body.stream()
    while True:
        try:
            yield stream.blocking_read(1 << 16)
        except Err as end:
            if type(end.value).__name__ == "StreamError_Closed":
                return
            raise


def seen(request):
    """The request line, and the fields that a test may send."""
    method = request.method()
    lines = [f"{getattr(method, 'value', type(method).__name__)} {request.path_with_query()} {request.authority()}"]
    for name, value in request.headers().entries():
        if name.startswith("x-") and not name.startswith(("x-f", "x-re")):
            lines.append(f"{name}: {value.decode('latin-1')}")
    return "\n".join([*lines, ""]).encode()


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request, response_out):
        target = urllib.parse.urlsplit(request.path_with_query() or "/")
        wishes = dict(urllib.parse.parse_qsl(target.query))
        size, count, out = int(wishes.get("bytes", 0)), int(wishes.get("n", 1)), response_out
        match target.path:
            case "/":
                Answer(out, fields=[("content-type", "text/plain")]).send(b"hello\n").finish()
            case "/seen":
                Answer(out).send(seen(request)).finish()
            case "/count":
                sized(out, b"%d bytes\n" % sum(map(len, parts_of(request))))
            case "/echo":
                content = b"".join(parts_of(request))
                Answer(out).send(content).finish()
            case "/relay":
                answer = Answer(out)
                for part in parts_of(request):
                    answer.send(part)
                answer.finish()
            case "/unread":
                Answer(out).send(b"not read\n").finish()
            case "/status":
                fields = [("content-length", wishes["length"])] if "length" in wishes else []
                Answer(out, int(wishes["code"]), fields).finish()
            case "/unopened":
                ResponseOutparam.set(out, Ok(OutgoingResponse(Fields())))
            case "/parts":
                answer = Answer(out)
                for _ in range(count):
                    answer.send(b"p" * size)
                answer.finish()
            case "/sized":
                sized(out, b"s" * size)
            case "/body-first":
                answer = Answer(out, given=False).send(b"f" * size)
                answer.finish()
                answer.give()
            case "/late":
                Answer(out).send(b"answered\n").finish()
                monotonic_clock.subscribe_duration(int(wishes["ms"]) * 1_000_000).block()
            case "/fail":
                raise ValueError("boom before the head")
            case "/fail-after":
                Answer(out).send(b"half of it")
                monotonic_clock.subscribe_duration(200_000_000).block()
                raise ValueError("boom after the head")
            case "/error":
                ResponseOutparam.set(out, Err(ErrorCode_InternalError(None)))
            case "/no-answer":
                pass
            case "/head":
                Answer(out, fields=[(f"x-head-{n}", "h" * size) for n in range(count)]).finish()
            case "/trailers":
                trailers = Fields.from_list([("x-sum", b"7")])
                Answer(out, fields=[("trailer", "x-sum")]).send(b"summed\n").finish(trailers)
            case "/cookies":
                Answer(out, fields=[("set-cookie", "a=1; path=/; httponly"), ("set-cookie", "b=2")]).finish()
            case "/redirect":
                Answer(out, 302, [("location", "/seen?from=a b")]).finish()
            case _:
                Answer(out, 404).send(b"nothing here\n").finish()
