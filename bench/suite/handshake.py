"""The first request of a function on a new TLS connection, whose client is 5 ms away: does the load hide behind the handshake?

The server begins to load a function when it reads the name in the ClientHello. The request comes a round trip later. The
client delays each flight itself: bytes that it makes are sent 5 ms later, and bytes that it reads are used 5 ms later. So
the server sees the moments that a network with 5 ms each way makes. `cold`: the first connection to each function. `warm`:
a second one, when the function is loaded. The time is that from the write of the request to the last byte of the answer,
without the delay. `loaded before`: the share of cold requests whose component was there, so that `server-timing` shows
the look-up alone, a few us. """
import pathlib
import random
import re
import ssl
import statistics
import tempfile
import time

from suite import edge, faasta
from suite.cold import WARM_UP, Timed, data_with, name_of, phases_of
from suite.components import SLOW_TO_DEPLOY, available
from suite.figures import QUANTILES, quantiles
from suite.placement import APART, on
from support.http1 import request
from support.waiting import eventually

SHORT = ["--functions", "40", "--guests", "hello-c"]
FEW = 20                          # the number of functions of a guest that is slow to deploy
GUESTS = "hello,hello-c,hello-go,hello-js"
APART_BY = 0.06                   # seconds between two connections: the server loads for 20 handshakes of a client in a second
WANTED = {"p50": 50, "p99": 500}  # us, cold less warm
SHARE_WANTED = 0.95
LOOK_UP = 20                      # us at most; the shortest loads take ten times as long


def options(parser):
    parser.add_argument("--functions", type=int, help=f"how many distinct ones of each guest (200; {FEW} of {', '.join(SLOW_TO_DEPLOY)})")
    parser.add_argument("--guests", default=GUESTS)
    parser.add_argument("--delay-ms", type=float, default=5, help="each way")


def wait_until(moment):
    """Polls, because a sleep ends up to a millisecond late."""
    while time.perf_counter() < moment:
        pass


class Far:
    """A TLS connection to a server that is `delay` seconds away."""

    def __init__(self, address, context, host, delay):
        self.delay = delay
        self.near = Timed(address)
        self.read, self.written = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.read, self.written, server_hostname=host)
        self.until_done(self.tls.do_handshake, handshake=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.near.close()

    def send_written(self):
        if self.written.pending:
            wait_until(time.perf_counter() + self.delay)
            self.near.send(self.written.read())

    def receive(self):
        self.near.buffer = b""
        assert self.near.fill(), "the server closed the connection"
        wait_until(self.near.read_at + self.delay)
        self.read.write(self.near.buffer)

    def until_done(self, step, handshake=False):
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self.send_written()
                self.receive()
                continue
            if not handshake:        # the client's last flight of a handshake travels with its first request
                self.send_written()
            return done

    def ask(self, data):
        """Returns the answer, and the time in us from the write of the request to the last byte read, without the delays."""
        self.tls.write(data)
        self.send_written()
        start = time.perf_counter()
        answer = b""
        while not complete(answer):
            answer += self.until_done(lambda: self.tls.read(1 << 16))
        return answer, (self.near.read_at - start) * 1e6


def complete(answer):
    head, found, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if length:
        return found and len(body) >= int(length[1])
    return found and body.endswith(b"0\r\n\r\n")


class Head:
    """The parts of an answer that `cold` reads."""

    def __init__(self, answer):
        self.text = answer.partition(b"\r\n\r\n")[0].decode()

    def header(self, name, otherwise):
        found = re.search(rf"(?im)^{name}: *(.*?)\r?$", self.text)
        return found[1] if found else otherwise


def client():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def asked(address, names, delay):
    """Calls each function once, each on a new connection: [(answer, us)]."""
    context, out = client(), []
    with on(APART.client):
        for name in names:
            begin = time.perf_counter()
            host = f"{name}.localhost"
            with Far(address, context, host, delay) as connection:
                out.append(connection.ask(request("GET", "/", host)))
            assert out[-1][0].startswith(b"HTTP/1.1 200"), out[-1]
            wait_until(begin + APART_BY)
    return out


def measured(name, count, delay):
    data = data_with(name, count)
    names = [name_of(number) for number in range(count)]
    random.Random(1).shuffle(names)
    with tempfile.TemporaryDirectory() as at:
        edge.certificate(pathlib.Path(at))
        tls = {"listen": "127.0.0.1:0", "folder": at, "redirect": False, "hsts": False}
        with faasta.with_data(data, server={"server_timing": True}, tls=tls, engine={"loaded_mb": 4096}) as server:
            eventually(lambda: server.event("cached_files_checked"), seconds=60)
            asked(server.https, [WARM_UP] * 5, delay)
            cold, warm = asked(server.https, names, delay), asked(server.https, names, delay)
    times = {"cold": [us for _, us in cold], "warm": [us for _, us in warm]}
    for kind, answers in (("cold", cold), ("warm", warm)):
        for answer, _ in answers:
            for phase, us in phases_of(Head(answer)).items():
                times.setdefault(f"{kind}, {phase}", []).append(us)
    loads = times.get("cold, load", [0])
    return {"guest": name, "functions": count, "delay": delay, "loaded before": statistics.mean(load <= LOOK_UP for load in loads),
            "us": {key: quantiles(values) for key, values in times.items()}, "samples": times}


def run(chosen, report):
    for name in available(chosen.guests.split(","), report):
        count = chosen.functions or (FEW if name in SLOW_TO_DEPLOY else 200)
        result = measured(name, count, chosen.delay_ms / 1e3)
        report.add(result)
        us = result["us"]
        difference = {key: us["cold"][key] - us["warm"][key] for key in QUANTILES}
        wanted = ", ".join(f"{key} at most {most}" for key, most in WANTED.items())
        report.table(f"{name}, {count} functions behind a handshake, us; loaded before: {result['loaded before']:.1%} (wanted: {SHARE_WANTED:.0%}); cold less warm wanted: {wanted}", ["", *QUANTILES],
                     [[key, *values.values()] for key, values in us.items()] + [["cold less warm", *difference.values()]])
