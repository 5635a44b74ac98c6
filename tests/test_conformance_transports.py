"""The shapes of test_conformance.py over https, h2c and h2: the answers must be those of stock over HTTP/1.1.

Two kinds of shapes are left out: those about framing and targets that only HTTP/1.1 has, and bodies of many megabytes,
which test_http2.py sends. """
import ssl

import pytest

from conformance_shapes import shapes
from support.h2_client import ask as ask_http2
from support.h2_client import client_context
from support.http1 import Broken, Connection, request
from support.stock import stock  # noqa: F401 (a fixture)
from support.tls import exchanged
from test_conformance import content, end_to_end

SERVER_CONFIG = {"limits": {"request_body_mb": 80, "cpu_ms": 20_000}}
SERVER_ARGUMENTS = ["--dev-tls", "--tls-listen", "127.0.0.1:0"]
GUESTS = {"conformance-raw", "conformance-wstd", "echo"}
LARGEST = 2 << 20


def is_for_all(shape):
    """Whether the shape can be sent over every transport."""
    # RFC 9113 section 8.2.3: several cookie fields of HTTP/2 become one field.
    return shape.guest in GUESTS and shape.name != "fields: cookies" and len(shape.body) <= LARGEST and shape.target.startswith("/") and shape.host is None


SHAPES = [shape for shape in shapes() if is_for_all(shape)]


@pytest.fixture(scope="module")
def root(server):
    return server.data / "tls" / "dev" / "root.pem"


def ask_https(server, root, shape):
    host = f"{shape.guest}.localhost"
    context = client_context(root, "http/1.1")
    with Connection(server.https, 60) as connection:
        connection.socket = context.wrap_socket(connection.socket, server_hostname=host)
        connection.buffer = exchanged(connection.socket, request(shape.method, shape.target, host, shape.lines, shape.body))
        return connection.read_response(shape.method)


def ask_h2(server, root, shape, secure):
    host = f"{shape.guest}.localhost"
    fields = [tuple(part.strip() for part in line.split(":", 1)) for line in shape.lines]
    body, trailers = dechunked(shape)
    return ask_http2(server.https if secure else server.address, shape.method, host, shape.target, fields, body, trailers,
                     context=client_context(root, "h2") if secure else None, server_name=host)


def dechunked(shape):
    """The content of a chunked body, and its trailers."""
    if not any(line.lower().startswith("transfer-encoding") for line in shape.lines):
        return shape.body, []
    rest, content_bytes = shape.body, b""
    while True:
        size, rest = rest.split(b"\r\n", 1)
        count = int(size.split(b";")[0], 16)
        if count == 0:
            break
        content_bytes, rest = content_bytes + rest[:count], rest[count + 2:]
    lines = rest.decode("latin-1").split("\r\n")
    return content_bytes, [tuple(part.strip() for part in line.lower().split(":", 1)) for line in lines if line]


TRANSPORTS = {
    "https": ask_https,
    "h2c": lambda server, root, shape: ask_h2(server, root, shape, False),
    "h2": lambda server, root, shape: ask_h2(server, root, shape, True),
}


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("shape", [pytest.param(shape, id=f"{shape.guest}: {shape.name}") for shape in SHAPES])
def test_same_answer_as_stock(server, stock, root, shape, transport, deployed):  # noqa: F811
    deployed(shape.guest)
    try:
        ours = TRANSPORTS[transport](server, root, shape)
    except (Broken, ssl.SSLError):
        ours = None
    theirs = stock.recorded(shape)  # test_conformance.py checks the record
    if theirs is None:
        return
    assert ours is not None, theirs
    assert (ours.status, ours.whole) == (theirs.status, theirs.whole), (ours, theirs)
    assert end_to_end(ours) == end_to_end(theirs) | own_fields(ours), (ours, theirs)
    assert ours.trailers == [(name.lower(), value) for name, value in theirs.trailers], (ours, theirs)
    assert content(shape, ours) == by(transport, content(shape, theirs)), (ours, theirs)


def by(transport, told):
    """The answer of a guest under stock, with the scheme of this transport."""
    if transport == "h2c":
        return told
    if isinstance(told, dict) and "scheme" in told:
        return told | {"scheme": "https"}
    return [line.replace("http://", "https://") for line in told] if isinstance(told, list) else told


def own_fields(answer):
    return {name: values for name, values in end_to_end(answer).items() if name == "strict-transport-security"}


@pytest.fixture(scope="module")
def deployed(server):
    done = set()

    def deploy(guest):
        if guest not in done:
            server.deploy(guest, guest, verify=False)
            done.add(guest)
    return deploy
