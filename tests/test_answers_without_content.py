"""Answers that have no content according to HTTP, answers that are empty, and calls that end before a byte was sent."""
import pytest

from support.http1 import request
from support.waiting import eventually

KIB = 1024
HELLO = request("GET", "/", "hello.localhost")


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    server.deploy("bodies", "bodies", verify=False)
    server.deploy("hello", "hello-raw", verify=False)
    server.deploy("length", "length", verify=False)


def ask(connection, method, target, identity):
    return connection.exchange(request(method, target, "bodies.localhost", [f"x-request-id: {identity}"]), method)


@pytest.mark.parametrize("method, status", [("HEAD", 200), ("HEAD", 404), ("HEAD", 304), ("GET", 204), ("GET", 205), ("GET", 304), ("POST", 204)])
@pytest.mark.parametrize("way", ["length", "write"])
def test_a_length_of_content_that_is_not_sent(server, method, status, way):
    """RFC 9110 section 8.6 allows the field; its value is not compared with the bytes that the guest wrote."""
    identity, failures = f"{way}-{method}-{status}", server.metrics("bodies")["failures"]
    with server.connect() as connection:
        answer = ask(connection, method, f"/{way}?n=12345&status={status}", identity)
        assert (answer.status, answer.body, answer.whole) == (status, b"", True), answer
        length = {204: None, 205: "0"}.get(status, "12345")
        assert answer.header("content-length") == length and answer.header("transfer-encoding") is None, answer
        assert connection.exchange(HELLO).text == "hello from faasta\n"
    call = server.logged_call("bodies", identity)
    assert (call["outcome"], call["status"]) == ("ok", status), call
    said = [entry["text"] for entry in server.logs("bodies", tail=1000) if entry.get("request_id") == identity and entry["kind"] == "stdout"]
    assert said == ["finish: Ok(())"] and server.metrics("bodies")["failures"] == failures, said


def test_head_of_a_function_on_wstd(server):
    with server.connect() as connection:
        answer = connection.exchange(request("HEAD", "/", "length.localhost", ["x-request-id: wstd-head"]), "HEAD")
        assert (answer.status, answer.header("content-length"), answer.whole) == (200, "12345", True), answer
        answer = connection.exchange(request("GET", "/", "length.localhost"))
        assert len(answer.body) == 12345 and answer.whole
    assert server.logged_call("length", "wstd-head")["outcome"] == "ok" and server.metrics("length")["failures"] == {}


@pytest.mark.parametrize("target", ["/length?n=5", "/length?n=5&status=404"])
def test_but_that_of_sent_content_is(server, target):
    with server.connect() as connection:
        answer = ask(connection, "GET", target, "short")
        assert (answer.status, answer.code, answer.whole) == (500, "F0504", True), answer
        assert connection.exchange(HELLO).status == 200
    assert server.logged_call("bodies", "short")["outcome"] == "no_response"


@pytest.mark.parametrize("target", ["/unopened", "/empty", "/unopened?status=404", "/empty?status=500"])
def test_an_empty_answer_says_so(server, target):
    with server.connect() as connection:
        answer = ask(connection, "GET", target, "empty")
        assert answer.header("content-length") == "0" and answer.header("transfer-encoding") is None and answer.whole, answer
        assert connection.exchange(HELLO).status == 200


@pytest.mark.parametrize("status", [204, 205, 304])
def test_an_empty_answer_without_content(server, status):
    with server.connect() as connection:
        answer = ask(connection, "GET", f"/unopened?status={status}", "none")
        assert answer.status == status and answer.whole and answer.header("content-length") == ("0" if status == 205 else None), answer
        assert connection.exchange(HELLO).status == 200


class TestAnEndThatIsKnownInTime:
    """No byte was written to the client yet: the client gets the right answer, and the connection stays open."""

    @pytest.mark.parametrize("target", ["/broken", "/broken?status=500", "/broken?n=10", "/broken?n=100000"])
    def test_a_body_that_the_guest_broke_off(self, server, target):
        with server.connect() as connection:
            answer = ask(connection, "GET", target, "in-time")
            assert (answer.status, answer.code, answer.whole) == (500, "F0504", True), answer
            assert answer.header("content-type") == "application/problem+json" and len(answer.all("date")) == 1, answer
            assert connection.exchange(HELLO).status == 200
        call = server.logged_call("bodies", "in-time")
        assert (call["status"], call["outcome"]) == (500, "no_response"), call

    def test_behind_other_answers(self, server):
        """Earlier answers that were not written yet are kept."""
        with server.connect() as connection:
            connection.send(HELLO + request("GET", "/broken?n=10", "bodies.localhost") + HELLO)
            first, second, third = (connection.read_response() for _ in range(3))
        assert (first.text, second.code, third.text) == ("hello from faasta\n", "F0504", "hello from faasta\n")

    def test_after_the_interim_answer(self, server):
        with server.connect() as connection:
            answer = connection.exchange(request("POST", "/broken?n=10", "bodies.localhost", ["expect: 100-continue", "content-length: 3"], b"abc"))
            assert answer.code == "F0504" and answer.whole, answer
            assert connection.exchange(HELLO).status == 200

    @pytest.mark.parametrize("target", ["/half", "/half?n=10"])
    def test_else_the_transfer_is_broken(self, server, target):
        with server.connect() as connection:
            answer = ask(connection, "GET", target, "too-late")
            assert answer.status == 200 and not answer.whole and connection.ended(), answer


class TestBodiesBeforeTheirReader:
    """Before a body has a reader, a guest can write as much as under stock Wasmtime."""

    @pytest.mark.parametrize("kib", [64, 192, 256, 1024, 1900, 2048])
    def test_of_the_answer(self, server, kib):
        answer = server.call("bodies", f"/first?kb={kib}")
        assert answer.status == 200 and answer.body == b"f" * kib * KIB and answer.whole, answer.status

    @pytest.mark.parametrize("kib, count", [(2048, 1), (2048, 3), (64, 127)])
    def test_of_requests(self, server, kib, count):
        assert server.call("bodies", f"/uploads?kb={kib}&n={count}").text == f"held {count}\n"

    @pytest.mark.parametrize("kib, count", [(2048, 5), (64, 129)])
    def test_all_bodies_of_a_call_have_a_limit(self, server, kib, count):
        before = server.metrics("bodies")["failures"].get("resource_limit", 0)
        answer = server.call("bodies", f"/uploads?kb={kib}&n={count}")
        assert (answer.status, answer.code) == (500, "F0512"), answer
        eventually(lambda: server.metrics("bodies")["failures"]["resource_limit"] == before + 1, 5, "the failure in the counts")

    def test_what_is_dropped_does_not_count(self, server):
        assert server.call("bodies", "/uploads?kb=2048&n=20&drop=1").text == "held 0\n"

    def test_all_calls_together_have_a_limit(self, make_server):
        """The bytes count as memory of all calls. Calls that get no more memory are answered with `retry-after`."""
        server = make_server({"engine": {"all_memory_mb": 64}, "limits": {"memory_mb": 32, "cpu_ms": 1000}})
        server.deploy("bodies", "bodies", verify=False)
        connections = [server.connect(30) for _ in range(24)]
        for connection in connections:
            connection.send(request("GET", "/uploads?kb=2048&n=2&ms=1500", "bodies.localhost"))
        statuses = sorted(connection.read_response().status for connection in connections)
        assert statuses[0] == 200 and statuses[-1] == 503 and set(statuses) == {200, 503}, statuses
        assert server.call("bodies", "/uploads?kb=2048&n=2").status == 200
