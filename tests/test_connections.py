"""The server announces a close before it closes (RFC 9112 section 9.6), so that no client sends another request on such
a connection."""
import http.client
import signal

import pytest

from support.http1 import chunked, request
from support.waiting import eventually, patient

HELLO, ECHO, UNKNOWN, API = "hello.localhost", "echo.localhost", "nobody.localhost", "api.localhost"
LARGE, MORE = b"x" * 200_000, b"x" * (10 * 1024 * 1024 + 1)
JSON = ["content-type: application/json", "authorization: Bearer TOKEN"]


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    server.deploy("hello", "hello-raw")     # does not read its request's body
    server.deploy("echo", "echo")


def post(host, body, *lines, target="/", version="HTTP/1.1"):
    return request("POST", target, host, list(lines), body, version)


CASES = {
    "no body": request("GET", "/", HELLO),
    "a small body that nobody reads": post(HELLO, b"x" * 1000),
    "64 KiB that nobody reads": post(HELLO, b"x" * 65_536),
    "a large body that nobody reads": post(HELLO, LARGE),
    "a large body in chunks that nobody reads": post(HELLO, chunked(*[LARGE] * 5), "transfer-encoding: chunked"),
    "a large body that is read": post(ECHO, LARGE),
    "a large body to a function that is not there": post(UNKNOWN, LARGE),
    "a large body in chunks to a function that is not there": post(UNKNOWN, chunked(LARGE), "transfer-encoding: chunked"),
    "a body over the limit": post(HELLO, MORE),
    "a body over the limit in chunks": post(ECHO, chunked(MORE), "transfer-encoding: chunked"),
    "a large body to the landing page": post("localhost", LARGE),
    "a large body to the API without a token": post(API, LARGE, JSON[0], target="/v1/tokens"),
    "a large body to a route that takes a small one": post(API, LARGE, *JSON, target="/v1/tokens"),
    "a large body to a route that takes a small one, in chunks": post(API, chunked(LARGE), *JSON, "transfer-encoding: chunked", target="/v1/tokens"),
    "a broken body": post(API, b"zz\r\n", *JSON, "transfer-encoding: chunked", target="/v1/tokens"),
    "a body that waits for its 100 and is not wanted": request("POST", "/", UNKNOWN, ["expect: 100-continue", "content-length: 10"]),
    "a request that asks for it": request("GET", "/", HELLO, ["connection: close"]),
    "HTTP/1.0": request("GET", "/", HELLO, version="HTTP/1.0"),
    "HTTP/1.0 that asks for more": request("GET", "/", HELLO, ["connection: keep-alive"], version="HTTP/1.0"),
    "a malformed request": b"GET  / HTTP/1.1\r\n\r\n",
}
CLOSED = {"a large body that nobody reads", "a large body to a function that is not there", "a large body in chunks to a function that is not there", "a body over the limit", "a large body to the landing page",
          "a large body to the API without a token", "a large body to a route that takes a small one", "a large body to a route that takes a small one, in chunks",
          "a broken body", "a body that waits for its 100 and is not wanted", "a request that asks for it", "HTTP/1.0", "HTTP/1.0 that asks for more", "a malformed request"}


@pytest.mark.parametrize("name", CASES)
def test_what_is_announced_comes(server, name):
    with server.connect(60) as connection:
        answer = connection.send_gently(CASES[name].replace(b"TOKEN", server.token.encode())).read_response()
        if not answer.whole:
            return      # after a transfer that breaks off, a client expects no other answer
        announced = answer.header("connection") == "close"
        if name in CLOSED:
            assert announced, answer
        if announced:
            assert connection.ended(), answer
        else:
            again = connection.exchange(request("GET", "/", HELLO))
            assert again.status == 200 and again.text == "hello from faasta\n", (answer, again)


def test_a_client_that_uses_its_connection_again_never_finds_it_closed(server):
    """Uses http.client, on which `requests` and urllib3 are built. It does not send a POST a second time."""
    connection = http.client.HTTPConnection(*server.address, timeout=patient(60))
    for size in (0, 10, 65_536, 65_537, 1_000_000, 10, 11 * 1024 * 1024, 10):
        for host in (HELLO, ECHO, UNKNOWN):
            if size > 10 * 1024 * 1024:
                connection.close()      # the answer may arrive while this client still sends; it does not notice that
                continue
            connection.request("POST", "/", b"x" * size, {"host": host})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == (404 if host == UNKNOWN else 200) and (host != ECHO or len(body) == size)
    connection.close()


def test_the_last_answers_of_a_stopping_server_announce_it(make_server):
    server = make_server()
    server.deploy("sleep", "sleep", verify=False)
    with server.connect() as waiting:
        waiting.send(request("GET", "/?ms=500", "sleep.localhost"))
        eventually(lambda: server.running_calls() == 1, 5, "a running call")
        server.process.send_signal(signal.SIGTERM)
        answer = waiting.read_response()
        assert answer.text == "slept 500 ms\n" and answer.header("connection") == "close", answer
        assert waiting.ended()
    assert server.process.wait(patient(5)) == 0
