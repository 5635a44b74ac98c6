"""Large bodies in both directions: the rate at which the guest `echo` sends them back, in MiB a second, and the server's peak memory.

The client (bench/client/echo.cpp) compares every byte. If the client is busy all the time and the server is not, the result
shows the speed of the client.
"""
import json
import subprocess
import time

from suite import faasta, peers
from suite.placement import APART, on
from suite.process import cpu_seconds, peak_memory
from suite.programs import built
from suite.rounds import OURS, alternate, compared, ratios

UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


def size(text):
    return int(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else int(text)


def measured(served, length, seconds):
    busy, start = cpu_seconds(served.pid), time.perf_counter()
    with on(APART.client):
        done = subprocess.run([built("echo"), *map(str, (*served.address, served.host, length, seconds))], stdout=subprocess.PIPE, text=True, check=True)
    busy = (cpu_seconds(served.pid) - busy) / (time.perf_counter() - start)
    return {**json.loads(done.stdout), "server busy": busy, "peak memory": peak_memory(served.pid) / 2**20}


def run(options, report):
    length = size(options.body)
    limits = {"request_body_mb": length // 2**20 + 1, "cpu_ms": 60_000, "timeout_ms": 120_000, "first_byte_ms": 60_000}
    serve = {OURS: lambda place: faasta.serving("echo", place, limits=limits)}
    if "wasmtime" in options.peers:
        serve["wasmtime, default"] = lambda place: peers.wasmtime("echo", place)
        serve["wasmtime, best"] = lambda place: peers.wasmtime("echo", place, peers.FLAGS["tuned"])
    rounds = alternate(serve, options.rounds, lambda served, _label: measured(served, length, options.seconds))
    report.add({"guest": "echo", "body": length, "rounds": rounds, "ratios": ratios(rounds, "mib_per_second")})
    for key, title in (("mib_per_second", "MiB/s, each sent and received"), ("peak memory", "peak resident memory of the server, MiB"),
                       ("server busy", "share of its core that the server used"), ("client busy", "share of its core that the client used")):
        report.table(f"echo, bodies of {options.body}, {title}", ["", "median", "faasta has times that (95 %)"], compared(rounds, key))
