"""One client cannot take what the others need: connections, places of calls, requests. A client is an IPv4 address
here; the tests use several addresses of loopback."""
import contextlib
import socket
import threading
import time

import pytest

from support.http1 import Broken, request
from support.people import Person
from support.waiting import eventually, patient

ATTACKER, VICTIM, THIRD = "127.0.0.66", "127.0.0.1", "127.0.0.3"


@contextlib.contextmanager
def opened():
    """A list of connections, which are closed at the end."""
    connections = []
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()


def hello(server, address=VICTIM):
    """The status of a request on a new connection, or None if the server has closed it."""
    with server.connect(source=address) as connection, contextlib.suppress(Broken, ConnectionError):
        return connection.exchange(request("GET", "/", server.host("hello"), ["connection: close"])).status


def is_open(connection):
    """Whether the server has not closed the connection."""
    connection.socket.setblocking(False)
    try:
        return bool(connection.socket.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return True
    except OSError:
        return False


# ---- connections ----

CONNECTIONS = {"server": {"connections": 40, "connections_per_client": 30, "threads": 2}}     # 5 of the 40 are in reserve


@pytest.fixture
def small(make_server):
    server = make_server(CONNECTIONS)
    server.deploy("hello", "hello-raw")
    return server


def busy(server, address, count, connections):
    """Connections that have begun a request, so they are not idle."""
    for _ in range(count):
        connections.append(server.connect(source=address).send(b"GET / HTTP/1.1\r\nhost: "))
    eventually(lambda: server.prometheus()["faasta_connections_open"] >= len(connections), 5, "open connections")


def test_a_client_has_a_limit_of_connections(small):
    with opened() as held:
        busy(small, ATTACKER, 30, held)
        for _ in range(50):
            with small.connect(source=ATTACKER) as more:
                assert more.ended()
        assert hello(small) == 200
        assert small.prometheus()["faasta_connections_refused_total"] == 50
    eventually(lambda: hello(small, ATTACKER) == 200, 5, "an answer after the connections have ended")


@pytest.mark.parametrize("kind", ["silent", "kept"])
def test_idle_connections_of_the_same_client_make_room(small, kind):
    """A browser may open connections and keep them. They do not shut out other people behind its address."""
    with opened() as held:
        for _ in range(30):
            held.append(small.connect(source=ATTACKER))
            if kind == "kept":
                assert held[-1].exchange(request("GET", "/", small.host("hello"))).status == 200
        # A connection is idle a second after its last request.
        eventually(lambda: all(hello(small, ATTACKER) == 200 for _ in range(20)), 10, "answers on new connections")
        assert 0 < sum(map(is_open, held)) < 30


@pytest.mark.parametrize("kind", ["silent", "kept"])
def test_idle_connections_of_many_make_room_for_others(make_server, kind):
    server = make_server({"server": {"connections": 60, "connections_per_client": 30, "threads": 2}})
    server.deploy("hello", "hello-raw")
    with opened() as held:
        for count, address in ((30, ATTACKER), (20, THIRD)):
            for _ in range(count):
                held.append(server.connect(source=address))
                if kind == "kept":
                    assert held[-1].exchange(request("GET", "/", server.host("hello"))).status == 200
        eventually(lambda: [hello(server, THIRD) for _ in range(7)] == [200] * 7, 5, "connections that are idle")
        for number in range(100, 180):
            held.append(server.connect(source=f"127.0.1.{number}"))
            assert held[-1].exchange(request("GET", "/", server.host("hello"))).status == 200
        # The clients with most connections have made room. The newcomers are idle too, but have one each.
        left = [sum(is_open(one) for one in held[first:last]) for first, last in ((0, 30), (30, 50), (50, 130))]
        assert left[0] <= 2 and left[1] <= 2 and left[2] >= 40, left


def test_a_client_without_a_connection_gets_one_of_the_reserve(small):
    with opened() as held:
        busy(small, ATTACKER, 25, held)
        busy(small, THIRD, 10, held)        # 35: only the reserve is left
        for address in (ATTACKER, THIRD):
            with small.connect(source=address) as more:
                assert more.ended()
        assert hello(small) == 200


def test_a_trusted_proxy_has_no_limit(make_server):
    server = make_server({"server": {"connections": 200, "connections_per_client": 5, "trusted_proxies": [f"{ATTACKER}/32"]}})
    server.deploy("hello", "hello-raw")
    with opened() as held:
        busy(server, ATTACKER, 100, held)
        assert hello(server, ATTACKER) == 200
        busy(server, VICTIM, 5, held)
        with server.connect(source=VICTIM) as more:
            assert more.ended()


def test_behind_the_proxy_protocol_the_named_client_has_the_limit(make_server):
    server = make_server({"server": {"connections_per_client": 5, "trusted_proxies": ["127.0.0.0/8"], "proxy_protocol": True}})

    def connect(client):
        return server.connect(source=VICTIM).send(f"PROXY TCP4 {client} 127.0.0.1 1 2\r\n".encode())
    asked = request("GET", "/", "nobody.localhost")
    with opened() as held:
        for _ in range(5):
            held.append(connect("203.0.113.9"))
            assert held[-1].exchange(asked).status == 404
            held[-1].send(asked[:10])       # the connection is not idle
        with connect("203.0.113.9") as more:
            assert more.ended()
        with connect("203.0.113.10") as other:
            assert other.exchange(asked).status == 404


# ---- bodies that do not arrive ----

PATIENT = {"timeout_ms": 60_000, "first_byte_ms": 60_000}
EIGHT = {"limits": {**PATIENT, "concurrent_calls_per_owner": 8, "concurrent_calls_per_function": 8, "concurrent_calls": 8}}


@pytest.fixture
def eight(make_server):
    """A server with eight places for calls."""
    server = make_server(EIGHT)
    for name in ("hello-raw", "bodies", "echo"):
        server.deploy({"hello-raw": "hello"}.get(name, name), name, verify=False)
    return server


def half_bodies(server, count, address=ATTACKER, name="bodies", target="/all", sent=b"abc"):
    """Requests whose bodies have six bytes, of which three are sent."""
    return [server.connect(60, source=address).send(request("POST", target, server.host(name), ["content-length: 6"], sent)) for _ in range(count)]


def waiting(server):
    return server.prometheus()["faasta_calls_waiting_for_body"]


@pytest.mark.parametrize("name, target, whole", [("bodies", "/all", b"6"), ("echo", "/", b"abcdef")])
def test_bodies_that_do_not_arrive_hold_no_places(eight, name, target, whole):
    """`echo` answers with a head before the body comes, and `bodies` does not."""
    with opened() as held:
        held += half_bodies(eight, 16, name=name, target=target)
        eventually(lambda: waiting(eight) == 16, 5, "waiting calls")
        assert eight.running_calls() == 16
        for _ in range(20):
            assert hello(eight) == 200
        for connection in held:
            answer = connection.exchange(b"def")
            assert answer.status == 200 and whole in answer.body, answer
    eventually(lambda: eight.running_calls() == 0, 5, "the end of all calls")


def test_slow_bodies_of_one_client_have_a_limit(eight):
    with opened() as held:
        held += half_bodies(eight, 20)
        eventually(lambda: sum(map(still_waits, held)) == 16, 5, "the end of four of them")
        refused = [connection for connection in held if not still_waits(connection)]
        assert len(refused) == 4
        for connection in refused:
            answer = connection.read_response()
            assert (answer.status, answer.code, answer.header("retry-after")) == (429, "F0522", "1"), answer
        held += half_bodies(eight, 5, address=THIRD)
        eventually(lambda: waiting(eight) == 21, 5, "waiting calls of another client")
        def outcomes():
            return [line.get("outcome") for line in eight.logs("bodies", tail=100)]
        eventually(lambda: outcomes()[-1:] == ["too_many_bodies"], 5, outcomes)      # the log is written after the answers
        assert eight.metrics("bodies")["failures"] == {}, "it is no failure of the function"
        for connection in held[-5:]:
            assert connection.exchange(b"def").status == 200


def still_waits(connection):
    connection.socket.setblocking(False)
    try:
        connection.socket.recv(1, socket.MSG_PEEK)
        return False
    except BlockingIOError:
        return True
    finally:
        connection.socket.settimeout(20)


def test_a_slow_body_ends_after_ten_seconds(eight):
    with opened() as held:
        held += half_bodies(eight, 1)
        start = time.monotonic()
        answer = held[0].read_response()
        assert (answer.status, answer.code) == (408, "F0606"), answer
        assert 9 < time.monotonic() - start < 15


def test_many_uploads_of_one_client_at_once_are_not_slow(eight):
    """At each moment, most of them wait for bytes. All of them go on."""
    part = b"x" * 20_000
    with opened() as held:
        held += [eight.connect(60, source=ATTACKER).send(request("POST", "/all", eight.host("bodies"), ["content-length: 400000"])) for _ in range(40)]
        for _ in range(20):
            for connection in held:
                connection.send(part)
        for connection in held:
            answer = connection.read_response()
            assert answer.status == 200 and b"400000" in answer.body, answer


def test_the_longest_of_too_many_ends(make_server):
    """A server with eight slots for calls has two more for calls that wait for their bodies."""
    server = make_server({"engine": {"slots": 8}, **EIGHT})
    server.deploy("bodies", "bodies", verify=False)
    with opened() as held:
        for number in range(4):
            held += half_bodies(server, 1, address=f"127.0.1.{number + 1}")
            eventually(lambda: waiting(server) == min(len(held), 2), 5, "waiting calls")
        for connection in held[:2]:
            assert connection.read_response().status == 408
        for connection in held[2:]:
            assert connection.exchange(b"def").status == 200


# ---- the rate of an owner ----

class Flood:
    """Sends pipelined requests from one address, on several connections, until the `with` block ends."""

    def __init__(self, server, name, connections=4, address=ATTACKER):
        self.bytes = request("GET", "/", server.host(name)) * 50
        self.connections = [server.connect(source=address) for _ in range(connections)]
        self.over, self.threads = threading.Event(), []

    def send(self, connection):
        with contextlib.suppress(OSError):
            while not self.over.is_set():
                connection.socket.sendall(self.bytes)

    def read(self, connection):
        with contextlib.suppress(OSError):
            while connection.socket.recv(1 << 16):
                pass

    def __enter__(self):
        self.threads = [threading.Thread(target=act, args=(one,)) for one in self.connections for act in (self.send, self.read)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for connection in self.connections:
            connection.socket.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for connection in self.connections:
            connection.close()


def test_one_client_does_not_use_up_the_rate_of_an_owner(make_server):
    server = make_server({"limits": {"requests_per_second_per_owner": 50}})
    person = Person(server, "mona")
    assert person.upload("hello", "hello-raw", verify=False).status == 201
    with Flood(server, "hello", connections=2), server.connect(source=VICTIM) as victim:
        eventually(lambda: server.prometheus().get('faasta_call_failures_total{code="owner_rate"}', 0) > 100, 10, "refusals")
        for _ in range(20):
            assert victim.exchange(request("GET", "/", server.host("hello"))).status == 200
            time.sleep(0.1)     # ten requests a second, of fifty


def test_a_client_that_is_refused_again_and_again_is_answered_later(make_server):
    """50 refusals a second are answered at once; each further one after 200 ms or more."""
    server = make_server({"limits": {"requests_per_second_per_owner": 1}})
    person = Person(server, "mona")
    assert person.upload("hello", "hello-raw", verify=False).status == 201
    with server.connect(source=ATTACKER) as attacker:
        def refused():
            return attacker.exchange(request("GET", "/", server.host("hello"))).status == 429
        eventually(refused, 5, "the end of the owner's rate")
        start = time.monotonic()
        while time.monotonic() - start < 3:
            refused()
        before, sent = time.monotonic(), 0
        while time.monotonic() - before < 2:
            sent += 1
            refused()
        assert sent <= 130      # 50 a second at once, and about six later; without a wait, one connection sends thousands


# ---- requests ----

def test_a_client_has_a_rate_of_requests(make_server):
    """Further requests wait, and those of other clients do not."""
    server = make_server({"server": {"requests_per_second_per_client": 100}})
    server.deploy("hello", "hello-raw")
    with opened() as held:
        start = time.monotonic()
        for _ in range(4):
            held.append(server.connect(60, source=ATTACKER).send(request("GET", "/", server.host("hello")) * 100))
        with server.connect(source=VICTIM) as victim:
            for _ in range(20):
                sent = time.monotonic()
                assert victim.exchange(request("GET", "/", server.host("hello"))).status == 200
                assert time.monotonic() - sent < patient(0.5)
        for connection in held:
            for _ in range(100):
                assert connection.read_response().status == 200
        assert 2.5 < time.monotonic() - start < patient(10)      # a hundred at once, then a hundred a second


# ---- names that no function has ----

def look_ups(server):
    return server.prometheus()["faasta_catalog_look_ups_total"]


def test_invented_names_are_not_looked_up(make_server):
    server = make_server({"server": {"requests_per_second_per_client": 0}})
    server.deploy("hello", "hello-raw")
    assert hello(server) == 200
    with server.connect() as connection:
        def ask(name):
            return connection.exchange(request("GET", "/", server.host(name))).status
        start, before = time.monotonic(), look_ups(server)
        for number in range(2000):
            assert ask(f"invented-{number}") == 404
        assert look_ups(server) - before <= 6 + 5 * (time.monotonic() - start)
        # A new name answers at once, and a deleted one no more.
        server.deploy("later", "hello-raw")
        assert ask("later") == 200
        assert server.api("DELETE", "/v1/functions/later").status == 200
        assert ask("later") == 404
        server.deploy("later", "hello-raw")
        assert ask("later") == 200


def test_a_function_of_another_process_is_found(make_server, tmp_path):
    """The other process writes to the catalog. Meanwhile, names are invented."""
    import sqlite3
    server = make_server()
    server.deploy("hello", "hello-raw")
    with Flood(server, "nobody", connections=1):
        with contextlib.closing(sqlite3.connect(server.data / "faasta.db", timeout=20)) as database, database:
            for table in ("function", "route"):
                database.execute(f"UPDATE {table} SET name = 'other' WHERE name = 'hello'")
        with server.connect() as connection:
            eventually(lambda: connection.exchange(request("GET", "/", server.host("other"))).status == 200, 5, "the function")
            eventually(lambda: connection.exchange(request("GET", "/", server.host("hello"))).status == 404, 5, "the end of its old name")
