"""Ten thousand calls fail in many ways. After them, the server has as many descriptors, permits and as much memory as
before."""
import random
import socket
import threading

from support.http1 import Broken, request
from support.server import steady
from support.waiting import LONG, SANITIZED, eventually

SERVER_CONFIG = {"limits": {"cpu_ms": 10, "timeout_ms": 200, "first_byte_ms": 100, "memory_mb": 32}}
COUNT = 10_000 if LONG else 1_000
WAYS = [("trap", "GET", "/before"), ("trap", "GET", "/after"), ("trap", "GET", "/unfinished"), ("trap", "GET", "/no-answer"), ("trap", "GET", "/exit"), ("trap", "GET", "/exit-after"),
        ("trap", "GET", "/error"), ("trap", "GET", "/deep"), ("trap", "POST", "/early"), ("spin", "GET", "/"), ("spin", "GET", "/after-head"), ("sleep", "GET", "/?ms=5000"),
        ("sleep", "GET", "/after-head?ms=5000"), ("memory", "GET", "/forever"), ("nothere", "GET", "/"), ("echo", "POST", "/"), ("stream", "GET", "/?n=1000&ms=1")]
ENDS = ["read", "close", "reset", "half a body", "half a head", "garbage"]


def one(server, random_source):
    name, method, target = random_source.choice(WAYS)
    end = random_source.choice(ENDS + ["read"] * 6)
    with server.connect() as connection:
        body = b"x" * random_source.choice([0, 10, 70_000]) if method == "POST" else b""
        data = request(method, target, f"{name}.localhost", [] if body else [], body)
        if end == "garbage":
            connection.send_gently(data + b"\0\r\n\r\n")
        elif end == "half a head":
            connection.send_gently(data[:20])
        elif end == "half a body" and body:
            connection.send_gently(data[:-5])
        else:
            connection.send_gently(data)
        if end == "read":
            try:
                connection.read_response()
            except (Broken, OSError):
                pass
        elif end == "reset":
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def storm(server, count, workers=8):
    errors = []

    def work(seed):
        source = random.Random(seed)
        for _ in range(count // workers):
            try:
                one(server, source)
            except Exception as error:      # noqa: BLE001 - reported below, by the test's own thread
                errors.append(repr(error))
    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors[:5]


def test_mixed_failing_calls(server):
    for name in ("trap", "spin", "sleep", "memory", "echo", "stream"):
        server.deploy(name, name, verify=False)
    storm(server, 400)                                       # now everything that is allocated only once is allocated
    eventually(lambda: server.running_calls() == 0, 10, "the end of all calls")
    descriptors, memory = steady(server.descriptors, 2), steady(server.memory, 2)
    storm(server, COUNT)
    eventually(lambda: server.running_calls() == 0, 10, "the end of all calls")
    eventually(lambda: server.descriptors() <= descriptors, 10, "the closing of every descriptor")
    after = steady(server.memory, 3)
    print(f"{COUNT} calls: descriptors {descriptors} -> {server.descriptors()}, memory {memory >> 20} -> {after >> 20} MiB")
    assert SANITIZED or after - memory <= (32 << 20), (memory >> 20, after >> 20)
    held = [server.call("trap", "/early") for _ in range(50)]
    assert all(answer.status == 200 for answer in held)
    assert "panic" not in server.log_file.read_text().lower()
