"""Sends requests. `?url=` relays the answer of that URL; with `&size=N`, the request is a POST with a body of N bytes.
`&times=N` sends N requests, one after the other, and returns the number of answers. A failure is a 502 with the
reason."""
from urllib.parse import parse_qs, urlsplit

from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import outgoing_handler
from wit_world.imports.types import (Fields, IncomingBody, Method_Get, Method_Post, OutgoingBody, OutgoingRequest, OutgoingResponse,
                                     ResponseOutparam, Scheme_Http, Scheme_Https)

PIECE = 4096       # bytes of one blocking write


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request, response_out):
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path_with_query() or "").query).items()}
        status, text = answer(query)
        response = OutgoingResponse(Fields.from_list([("content-type", b"text/plain")]))
        response.set_status_code(status)
        body = response.body()
        ResponseOutparam.set(response_out, Ok(response))
        with body.write() as stream:
            write(stream, text)
        OutgoingBody.finish(body, None)


def answer(query):
    if "url" not in query:
        return 400, b"where to? ?url=http://...\n"
    size = int(query.get("size", 0))
    if "times" not in query:
        try:
            return send(query["url"], size)
        except Err as error:
            return 502, f"{error.value}\n".encode()
    errors = []
    times = int(query["times"])
    for _ in range(times):
        try:
            send(query["url"], size)
        except Err as error:
            errors.append(error.value)
    reason = f", {errors[0]}" if errors else ""
    return 502 if errors else 200, f"{times - len(errors)} answered, {len(errors)} failed{reason}\n".encode()


def send(url, size):
    parts = urlsplit(url)
    request = OutgoingRequest(Fields.from_list([("content-length", str(size).encode())]))
    request.set_method(Method_Post() if size else Method_Get())
    request.set_scheme(Scheme_Https() if parts.scheme == "https" else Scheme_Http())
    request.set_authority(parts.netloc)
    request.set_path_with_query((parts.path or "/") + ("?" + parts.query if parts.query else ""))
    body = request.body()
    future = outgoing_handler.handle(request, None)
    with body.write() as stream:
        write(stream, b"x" * size)
    OutgoingBody.finish(body, None)
    with future.subscribe() as ready:
        ready.block()
    result = future.get().value
    if isinstance(result, Err):
        raise result
    response = result.value
    status, out = response.status(), b""
    content = response.consume()
    with content.stream() as stream:
        try:
            while True:
                out += stream.blocking_read(64 << 10)
        except Err:
            pass
    IncomingBody.finish(content)
    return status, out


def write(stream, data):
    for start in range(0, len(data), PIECE) or [0]:
        stream.blocking_write_and_flush(data[start:start + PIECE])
