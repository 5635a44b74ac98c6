"""Outgoing requests: denied unless declared, denied to this machine unless the operator opens an address, counted, and few at once."""
import http.server
import threading
import urllib.parse

import pytest

from support.server import free_port


class Far(http.server.ThreadingHTTPServer):
    """A server that counts its requests, and how many it had at once. /slow waits until `gate` opens."""
    daemon_threads, request_queue_size = True, 200

    def __init__(self):
        self.seen, self.now, self.most, self.lock, self.heads = 0, 0, 0, threading.Lock(), []
        self.gate = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        far = self.server
        with far.lock:
            far.seen, far.now = far.seen + 1, far.now + 1
            far.most = max(far.most, far.now)
            far.heads.append((self.path, dict(self.headers)))
        if self.path.startswith("/slow"):
            far.gate.wait(0.3)
        body = b"far away"
        self.send_response(302 if self.path == "/away" else 203)
        if self.path == "/away":
            self.send_header("location", far.origin + "/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        with far.lock:
            far.now -= 1

    def log_message(self, *_):
        pass


@pytest.fixture
def far():
    server = Far()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def reachable(make_server, far):
    """A server whose operator lets functions reach `far`, and a function that declares it."""
    server = make_server({"outbound": {"reachable": [far.origin.removeprefix("http://")]}, "limits": {"cpu_ms": 1000}})
    server.deploy("outbound", "outbound", verify=False, outbound=far.origin)
    return server


def ask(server, url, more=""):
    return server.call("outbound", "/?url=" + urllib.parse.quote(url, safe="") + more)


def test_declared_and_reachable(reachable, far):
    answer = ask(reachable, far.origin + "/a?b=c")
    assert (answer.status, answer.text) == (203, "far away"), answer
    path, headers = far.heads[0]
    assert path == "/a?b=c" and headers.get("Host", headers.get("host")) == far.origin.removeprefix("http://")


def test_redirects_are_the_guests_business(reachable, far):
    assert ask(reachable, far.origin + "/away").status == 302
    assert far.seen == 1


@pytest.mark.parametrize("times, answered", [(1, 1), (50, 50), (51, 50), (80, 50)])
def test_50_per_call(reachable, far, times, answered):
    answer = ask(reachable, far.origin + "/", f"&times={times}")
    assert answer.text.startswith(f"{answered} answered, {times - answered} failed"), answer
    assert far.seen == answered


def test_6_at_once(reachable, far):
    answer = ask(reachable, far.origin + "/slow", "&at_once=20")
    assert far.most <= 6, far.most
    assert answer.status in (200, 502) and far.seen >= 6, answer
    if answer.status == 200:
        assert answer.text == "20 answered, 0 failed\n" and far.seen == 20


@pytest.mark.parametrize("outbound", [None, "http://127.0.0.1:1", "https://api.example.com", "http://localhost"])
def test_undeclared_is_denied(reachable, far, outbound):
    reachable.deploy("outbound", "outbound", verify=False, outbound=outbound, message=str(outbound))
    answer = ask(reachable, far.origin + "/")
    assert answer.status == 502 and "Denied" in answer.text, answer
    assert far.seen == 0


def test_declared_but_not_reachable_is_denied(make_server, far):
    """Declaring loopback does not open it: that is for the operator."""
    server = make_server()
    server.deploy("outbound", "outbound", verify=False, outbound=far.origin)
    answer = ask(server, far.origin + "/")
    assert answer.status == 502 and far.seen == 0, answer


def spellings(port):
    """Ways to write this machine, private networks and the metadata service."""
    hosts = ["127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.000.000.001", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
             "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost", "LOCALHOST", "localhost.", "a.localhost",
             "127.0.0.1.", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1",
             "240.0.0.1", "255.255.255.255", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "168.63.129.16"]
    return [f"http://{host}:{port}" for host in hosts]


def test_own_and_private_addresses_are_never_reached(make_server, far):
    server = make_server({"limits": {"cpu_ms": 1000}})
    port = far.server_address[1]
    for origin in spellings(port):
        answer = server.upload("outbound", "outbound", verify=False, outbound=origin)
        if answer.status == 400:
            continue            # refused at deploy: as good
        assert answer.status in (200, 201), answer
        answer = ask(server, origin + "/")
        assert answer.status == 502, (origin, answer)
    assert far.seen == 0


def test_a_peer_that_is_not_there(make_server):
    port = free_port()
    server = make_server({"outbound": {"reachable": [f"127.0.0.1:{port}"]}})
    server.deploy("outbound", "outbound", verify=False, outbound=f"http://127.0.0.1:{port}")
    answer = ask(server, f"http://127.0.0.1:{port}/")
    assert answer.status == 502 and "Refused" in answer.text, answer


def test_an_outgoing_request_ends_with_its_call(reachable, far):
    """The client leaves while the guest waits for its peer: the connection to the peer goes too."""
    import time

    from support.http1 import request
    from support.waiting import eventually
    with reachable.connect() as connection:
        connection.send(request("GET", "/?url=" + urllib.parse.quote(far.origin + "/slow", safe=""), "outbound.localhost"))
        eventually(lambda: far.now == 1, 5, "the request at its peer")
    start = time.monotonic()
    eventually(lambda: reachable.running_calls() == 0, 1, "the end of the call")
    assert time.monotonic() - start < 0.25
