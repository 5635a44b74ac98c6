"""Large bodies both ways: what guest `echo` sends back, in MiB a second, and the server's peak memory."""
import threading
import time

from support.http1 import Connection
from suite import faasta, peers
from suite.placement import on, APART
from suite.process import peak_memory
from suite.rounds import OURS, alternate, compared, ratios

UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


def size(text):
    return int(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else int(text)


def exchange(connection, host, body, received):
    """One body there and back, compared. It is read while it is sent."""
    head = f"POST / HTTP/1.1\r\nhost: {host}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    sender = threading.Thread(target=lambda: connection.send(head + body[:0]).send(body))
    sender.start()
    answer = connection.read_head()
    assert answer.status == 200, answer
    length = answer.header("content-length")
    place = memoryview(received)
    at = 0
    while at < len(body):
        left = len(body) - at if length else chunk_size(connection)
        assert left, f"the answer ended after {at} bytes"
        ready = min(left, len(connection.buffer))
        place[at:at + ready], connection.buffer = connection.buffer[:ready], connection.buffer[ready:]
        end, at = at + left, at + ready
        while at < end:
            count = connection.socket.recv_into(place[at:end])
            assert count, f"the answer broke off after {at} bytes"
            at += count
        if not length:
            connection.take(2)
    if not length:
        assert chunk_size(connection) == 0
        connection.read_fields()
    sender.join()
    assert received == body, "the answer is not what was sent"


def chunk_size(connection):
    return int(connection.take_line().split(";")[0], 16)


def run(options, report):
    body = bytes(range(256)) * (size(options.body) // 256)
    received = bytearray(len(body))

    def measure(served, _label):
        with on(APART.client), Connection(served.address, 120) as connection:
            exchange(connection, served.host, body, received)
            start, count = time.perf_counter(), 0
            while time.perf_counter() < start + options.seconds:
                exchange(connection, served.host, body, received)
                count += 1
            took = time.perf_counter() - start
        return {"mib_per_second": count * len(body) / 2**20 / took, "bodies": count, "peak memory": peak_memory(served.pid) / 2**20}
    limits = {"request_body_mb": len(body) // 2**20 + 1, "cpu_ms": 60_000, "timeout_ms": 120_000, "first_byte_ms": 60_000}
    serve = {OURS: lambda place: faasta.serving("echo", place, limits=limits)}
    if "wasmtime" in options.peers:
        serve["wasmtime, default"] = lambda place: peers.wasmtime("echo", place)
        serve["wasmtime, best"] = lambda place: peers.wasmtime("echo", place, peers.FLAGS["tuned"])
    rounds = alternate(serve, options.rounds, measure)
    report.add({"guest": "echo", "body": len(body), "rounds": rounds, "ratios": ratios(rounds, "mib_per_second")})
    for key, title in (("mib_per_second", "MiB/s sent and received"), ("peak memory", "peak resident memory of the server, MiB")):
        report.table(f"echo, bodies of {options.body}, {title}", ["", "median", "faasta has times that (95 %)"], compared(rounds, key))
