"""Requests and responses of wasi:http."""
from urllib.parse import urlsplit

from componentize_py_types import Err, Ok
from wit_world.imports import outgoing_handler
from wit_world.imports.types import (Fields, IncomingBody, OutgoingBody, OutgoingRequest, OutgoingResponse,
                                     ResponseOutparam, Scheme_Http, Scheme_Https)

PIECE = 4096  # the most bytes of one write


def path_of(request):
    """The path of a request, without its query."""
    return urlsplit(request.path_with_query() or "/").path


def respond(response_out, status, text):
    """Sends a response."""
    response = OutgoingResponse(Fields.from_list([("content-type", b"text/plain; charset=utf-8")]))
    response.set_status_code(status)
    body = response.body()
    ResponseOutparam.set(response_out, Ok(response))
    data = text.encode()
    with body.write() as stream:
        for start in range(0, len(data), PIECE):
            stream.blocking_write_and_flush(data[start:start + PIECE])
    OutgoingBody.finish(body, None)


def fetch(url):
    """Sends a GET request. Returns the status and the text of the answer, or 502 and the reason of a failure."""
    parts = urlsplit(url)
    request = OutgoingRequest(Fields())
    request.set_scheme(Scheme_Https() if parts.scheme == "https" else Scheme_Http())
    request.set_authority(parts.netloc)
    request.set_path_with_query((parts.path or "/") + ("?" + parts.query if parts.query else ""))
    try:
        future = outgoing_handler.handle(request, None)
        with future.subscribe() as ready:
            ready.block()
        result = future.get().value
        if isinstance(result, Err):
            raise result
        return result.value.status(), read(result.value).decode(errors="replace")
    except Err as error:
        return 502, f"{url}: {error.value}\n"


def read(response):
    """The whole body of a response."""
    body, data = response.consume(), b""
    with body.stream() as stream:
        try:
            while True:
                data += stream.blocking_read(64 << 10)
        except Err:  # the end of the body
            pass
    IncomingBody.finish(body)
    return data
