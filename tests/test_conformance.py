"""Compares answers of Faasta with those of `wasmtime serve` of the engine's version, live or recorded
(support/stock.py), for the same components.

For each shape of conformance_shapes.py, these are compared: status, end-to-end fields (and the order of fields with
equal names), body, trailers, whether the answer is complete, and whether the connection can be used for another
request. The intended differences are in docs/compatibility.md. Each row of its table is tested, here or in another
file. """
import json
import threading

import pytest

from conformance_shapes import CHUNKED, BINDINGS, LANGUAGES, Shape, length, noise, shapes
from support.guests import REPOSITORY
from support.http1 import Broken, chunked, request
from support.stock import engine_version, stock, weighed  # noqa: F401 (a fixture)

SERVER_CONFIG = {"limits": {"request_body_mb": 80, "cpu_ms": 20_000}}
FRAMING = {"date", "x-request-id", "transfer-encoding", "content-length", "connection", "keep-alive", "trailer"}
OURS = {"x-request-id", "forwarded", "x-real-ip"}
HOP = {"connection", "keep-alive", "te", "transfer-encoding", "upgrade", "trailer", "proxy-connection", "expect", "content-length"}
HARMLESS = {"spin": "/ms/1", "stream": "/?n=0", "log": "/?n=0", "memory": "/?mb=1"}      # the target of the second request to these guests; others get `/`
SHAPES = list(shapes())


def parameter(shape):
    return pytest.param(shape, id=f"{shape.guest}: {shape.name}")


@pytest.fixture(scope="module")
def sides(server, stock):
    """The answers of both sides to a shape: (those of stock, recorded and live; ours)."""
    deployed = set()

    def both(shape):
        if shape.guest not in deployed:
            server.deploy(shape.guest, shape.guest, verify=False, seconds=600)       # compiling a large guest takes long on a busy machine
            deployed.add(shape.guest)
        return stock.answers(shape, ask), ask(server, shape)
    return both


def ask(side, shape):
    """The answer, or None if there was no head. `kept`: whether the same connection answered a second request."""
    host = f"{shape.guest}.localhost"
    data = request(shape.method, shape.target, shape.host or host, shape.lines, shape.body)
    with side.connect(120) as connection:
        sender = threading.Thread(target=connection.send_gently, args=(data,))
        sender.start()
        try:
            answer = connection.read_response(shape.method)
        except Broken:
            return None
        finally:
            sender.join()
        answer.kept = answer.whole and is_kept(connection, request("GET", HARMLESS.get(shape.guest, "/"), host))
        return answer


def is_kept(connection, again):
    try:
        return connection.send_gently(again).read_response().whole
    except Broken:
        return False


def end_to_end(answer):
    """The end-to-end fields: {name: values in order}."""
    fields = {}
    for name, value in answer.headers:
        if name.lower() not in FRAMING:
            fields.setdefault(name.lower(), []).append(value)
    return fields


def content(shape, answer):
    """The body. If it contains the request's fields, the fields that differ on purpose are removed."""
    if shape.method == "HEAD":
        return weighed(answer.body)
    if shape.target.startswith("/seen"):
        return sorted(answer.text.splitlines())
    if not shape.target.startswith("/headers"):
        return weighed(answer.body)
    seen = json.loads(answer.body)
    fields = {}
    for name, value in seen.pop("headers"):
        if name not in OURS | HOP and not name.startswith("x-forwarded-"):
            fields.setdefault(name, []).append(value)
    return seen | {"headers": fields}


def test_there_are_enough_shapes():
    assert len({shape.what for shape in SHAPES}) >= 150
    assert {shape.guest for shape in SHAPES} >= {f"conformance-{language}" for language in LANGUAGES}


def test_the_reference_is_the_engines_own_version(stock):
    assert stock.version == engine_version()


@pytest.mark.parametrize("shape", [parameter(shape) for shape in SHAPES])
def test_same_answer(sides, shape):
    stocks, ours = sides(shape)
    for theirs in stocks:
        same_answer(shape, theirs, ours)


def same_answer(shape, theirs, ours):
    assert theirs and ours, (theirs, ours)
    assert (ours.status, ours.whole) == (theirs.status, theirs.whole), (ours, theirs)
    assert end_to_end(ours) == end_to_end(theirs), (ours, theirs)
    assert ours.trailers == theirs.trailers, (ours, theirs)
    assert content(shape, ours) == content(shape, theirs), (len(ours.body), len(theirs.body), ours, theirs)
    if (shape.method == "HEAD" or ours.status == 304) and theirs.header("content-length"):
        assert ours.header("content-length") == theirs.header("content-length"), (ours, theirs)
    assert ours.kept or not theirs.kept, (ours, theirs)
    assert ours.kept or not ours.whole or ours.header("connection") == "close", (ours, theirs)


# ---- docs/compatibility.md: the intended differences ----

def path(target, method="GET", lines=(), body=b"", guests=("conformance-raw",)):
    return [Shape(guest, target, method, target, tuple(lines), body) for guest in guests]


def guests(*languages):
    return [f"conformance-{language}" for language in languages]


def broken_after_the_head(theirs, ours):
    assert theirs.status == 200 and theirs.whole, theirs
    # The call may also have failed before a byte of the answer was sent.
    assert ours is None or (ours.status == 200 and not ours.whole) or (ours.code == "F0503" and ours.kept), ours


def told_by_a_problem(theirs, ours):
    assert theirs.status >= 500 and theirs.header("content-type") != "application/problem+json", theirs
    assert ours.status >= 500 and ours.header("content-type") == "application/problem+json" and ours.kept, ours


def told_in_time(theirs, ours):
    assert theirs is None or not theirs.whole, theirs
    assert (ours.status, ours.header("content-type"), ours.kept) == (500, "application/problem+json", True), ours


def refused(theirs, ours):
    assert ours.status == 400 and not ours.kept, ours
    assert theirs is None or theirs.status != 400, theirs


def without_forbidden_trailers(theirs, ours):
    assert "location" in dict(theirs.trailers) and "location" not in dict(ours.trailers) and ours.trailers, (theirs, ours)


def with_trailers(theirs, ours):
    assert theirs.trailers == [] and ours.trailers == [("x-sum", "7")], (theirs, ours)


def without_content(theirs, ours):
    assert (theirs.status, ours.status) == (205, 205) and theirs.body and not ours.body and ours.header("content-length") == "0" and ours.kept, (theirs, ours)


def with_a_length_of_0(theirs, ours):
    assert theirs.header("content-length") is None and ours.header("content-length") == "0" and ours.kept, (theirs, ours)


def with_what_was_empty(theirs, ours):
    assert ours.status == 200 and ours.whole and (ours.status, weighed(ours.body)) != (theirs.status, weighed(theirs.body)), (ours, theirs)


BROKEN_BODY = b"3\r\nabc\r\nZ\r\n"
# For each row of docs/compatibility.md, by its first column: a check of both answers and the shapes for it, or the name
# of a test.
INTENDED = {
    "failure after the head": (broken_after_the_head, [*path("/fail-after", guests=guests("raw", "c", "go", "python")), *path("/after", guests=["trap"]), *path("/exit-after", guests=["trap"])]),
    "failure before the head": (told_by_a_problem, [
        *path("/fail", guests=guests(*LANGUAGES)), *path("/error", guests=guests("raw", "wstd", "c", "go", "js", "python")), *path("/no-answer", guests=guests(*BINDINGS)),
        *path("/before", guests=["trap"]), *path("/exit", guests=["trap"]), *path("/deep", guests=["trap"]), *path("/error", guests=["trap"]), *path("/no-answer", guests=["trap"])]),
    "failure behind the first bytes": (told_in_time, path("/fail-after", guests=guests("wstd", "axum"))),
    "broken request body": (refused, [*path("/count", "POST", CHUNKED, BROKEN_BODY, guests("raw", "wstd", "c", "go")), *path("/swallow", "POST", CHUNKED, BROKEN_BODY, ["bodies"])]),
    "fields in trailers": (without_forbidden_trailers, [Shape("trailers", "location", target="/?set=location:/a", lines=("te: trailers",))]),
    "trailers without announcement": (with_trailers, path("/trailers?quiet", lines=["te: trailers"], guests=guests("raw", "c", "go"))),
    "content of 205": (without_content, path("/?status=205", guests=["fields"])),
    "empty body": (with_a_length_of_0, path("/parts?n=0", guests=guests("raw", "c", "go"))),
    "length without content": "test_answers_without_content.py::test_a_length_of_content_that_is_not_sent",
    "content that is not sent": "test_answers_without_content.py::test_a_length_of_content_that_is_not_sent",
    "body without a reader": "test_answers_without_content.py::test_all_bodies_of_a_call_have_a_limit",
    "proofs for a CA": "test_certificates.py::test_functions_cannot_prove_names",
    "request body after the answer": "test_after_answer.py::test_the_connection_is_free_at_once",
    "empty path and port": (with_what_was_empty, [
        Shape("conformance-raw", "no path and a query", target="http://conformance-raw.localhost?a=1"),
        Shape("conformance-raw", "an empty port", target="/seen?host", host="conformance-raw.localhost:")]),
    "request grammar": "test_framing.py::test_verdict",
    "request bounds": "test_framing.py::test_verdict",
    "fields of the host": "test_hosts.py::test_forwarded_fields_are_ours_alone",
    "fields of the connection": "test_hosts.py::test_fields_that_connection_names_end_here",
    "limits": "test_limits.py",
    "outgoing body that is not read": "test_outbound_clients.py::test_an_early_answer",
    "outgoing body of a GET": "test_outbound.py::test_a_body_is_sent_whatever_the_method",
    "outgoing CONNECT": "test_outbound.py::test_no_tunnel",
    "outgoing cdn-loop": "test_outbound_loop.py::test_a_circle_ends",
    "outgoing limits": "test_outbound.py::test_6_at_once_and_the_others_wait",
}
DIFFERENCES = [(row, shape) for row, shown in INTENDED.items() if not isinstance(shown, str) for shape in shown[1]]


def test_the_document_lists_what_is_intended():
    document = (REPOSITORY / "docs/compatibility.md").read_text()
    rows = [line.split(" | ")[0].removeprefix("| ") for line in document.splitlines() if line.startswith("| ") and not line.startswith("| difference |")]
    assert sorted(rows) == sorted(INTENDED), set(rows) ^ set(INTENDED)
    for shown in INTENDED.values():
        if isinstance(shown, str):
            file, _, test = shown.partition("::")
            assert f"def {test}(" in (REPOSITORY / "tests" / file).read_text() if test else (REPOSITORY / "tests" / file).exists(), shown


@pytest.mark.parametrize("row, shape", DIFFERENCES, ids=lambda value: value if isinstance(value, str) else f"{value.guest} {value.target}")
def test_intended_difference(sides, row, shape):
    stocks, ours = sides(shape)
    for theirs in stocks:
        INTENDED[row][0](theirs, ours)
