"""Restarts, upgrades and crashes under load: requests that failed, and the longest time without an answer.

faasta-supervisor starts the server. Clients send requests at a rate: HTTP/1.1 on kept and on new connections, with and without
a body, and HTTP/2. At the same time, a new server takes over again and again, after SIGHUP and SIGUSR2 in turn, or
the serving process is killed (kill -9). After a crash, only the requests of the killed process may fail. Server and clients
share all cores; with --rate 0 the clients do not pause, and the latencies are those of a machine that is fully loaded.
`around`: the answers within half a second of a restart;
`apart`: all others. """
import os
import signal
import statistics
import tempfile
import time

from support.guests import guest
from support.restart_load import Load
from support.server import BINARIES, Server
from support.waiting import eventually
from suite.faasta import ONE_CLIENT
from suite.placement import DATA

SHORT = ["--restarts", "5", "--crashes", "3"]
KINDS = {"kept": 2, "new": 1, "body": 1, "http2": 2}
REST = 2.0                   # seconds between two restarts, in which the old server drains
REST_OF_CRASHES = 0.7


def options(parser):
    parser.add_argument("--restarts", type=int, default=200)
    parser.add_argument("--crashes", type=int, default=50)
    parser.add_argument("--rate", type=int, default=2000, help="requests a second; 0: without pause")


def times(server):
    return server.log_file.read_text().count('"event":"server_serves"')


def serving(server):
    return int(open(f"/proc/{server.pid}/task/{server.pid}/children").read().split()[-1])


def measured(server, count, act, rest, rate):
    """Calls `act(number)` again and again under load, each time waits for a new server and `rest` seconds; returns the
    clients' counts and the seconds of each take-over."""
    took, moments = [], []
    with Load(server.address, "hello.localhost", KINDS, rate) as load:
        time.sleep(rest)
        for number in range(count):
            before, begin = times(server), time.monotonic()
            act(number)
            eventually(lambda before=before: times(server) > before, 60, "a new server")
            moments.append(time.monotonic())
            took.append(moments[-1] - begin)
            time.sleep(rest)
        return load.ended(moments), took


def private_kib(pid):
    lines = open(f"/proc/{pid}/smaps_rollup").read().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def run(chosen, report):
    with tempfile.TemporaryDirectory(dir=DATA, prefix="tmp-") as folder:
        server = Server(folder, {"server": {"access_log": False, **ONE_CLIENT}})
        server.program = [BINARIES / "faasta-supervisor", BINARIES / "faastad"]
        with server:
            server.deploy("hello", guest("hello-raw"))
            ways = {"restart": (chosen.restarts, lambda number: server.process.send_signal(signal.SIGHUP if number % 2 else signal.SIGUSR2), REST),
                    "kill -9": (chosen.crashes, lambda _number: os.kill(serving(server), signal.SIGKILL), REST_OF_CRASHES)}
            rows = []
            for name, (count, act, rest) in ways.items():
                seen, took = measured(server, count, act, rest, chosen.rate)
                report.add({"way": name, "count": count, "seconds to take over": took, **seen})
                rows.append([name, count, seen["answered"], seen["failed"], seen["longest_gap_ms"], seen["p50_us"], seen["p99_apart_us"], seen["p99_around_us"], round(1e3 * statistics.median(took))])
            report.table("a new server under load", ["", "times", "answered", "failed", "longest gap ms", "p50 us", "p99 us apart", "p99 us around", "ms until it serves"], rows)
            report.say(f"\nprivate memory of the supervisor: {private_kib(server.pid)} KiB")
            server.stop()
