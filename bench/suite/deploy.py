"""How long a deploy takes compared with `wasmtime compile`, and how it affects other functions.

The time is from the upload to the first verified answer. Each round begins with an empty data folder, so that at the
first deploy no code of the guest is compiled yet. The next deploys are of the same guest with another text. The server
verifies each version with a request before the version becomes active. Faasta and Wasmtime may each use both cores.
Another function gets requests at a fixed rate, with and without deploys. """
import pathlib
import statistics
import subprocess
import tempfile
import time

from support.guests import guest
from support.http1 import Connection, request
from suite import client, faasta, peers
from suite.components import available, distinct
from suite.figures import median_ratio
from suite.peers import Served
from suite.placement import DATA, SHARED, on
from suite.report import of_ratio

SHORT = ["--rounds", "1", "--seconds", "4", "--guests", "hello"]


def options(parser):
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--guests", default="hello,hello-js")
    parser.add_argument("--next", type=int, default=3, help="how many more deploys of the same guest in a round")
    parser.add_argument("--seconds", type=float, default=15, help="of the other function, quiet and during deploys")
    parser.add_argument("--rate", type=float, default=200, help="of the other function, requests/s")


def deployed(server, name, number):
    """Milliseconds from the upload to the first answer of the uploaded version."""
    component, text = distinct(name, number)
    start = time.perf_counter()
    answer = server.upload("deployed", component, seconds=600)
    assert answer.status == 201, answer
    with Connection(server.address) as connection:
        answer = connection.exchange(request("GET", "/", "deployed.localhost"))
    took = (time.perf_counter() - start) * 1e3
    assert (answer.status, answer.body) == (200, text), answer
    return took


def compiled(name, number):
    """Milliseconds that `wasmtime compile` takes for the same component."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "in.wasm"
        source.write_bytes(distinct(name, number)[0])
        start = time.perf_counter()
        with on(SHARED.server):
            subprocess.run([peers.wasmtime_program(), "compile", source, "-o", source.with_suffix(".cwasm")], check=True)
        return (time.perf_counter() - start) * 1e3


def one_round(name, number, options):
    """`number`: the number of the first component; the next ones count from there."""
    out = {"wasmtime compile": compiled(name, number)}
    with tempfile.TemporaryDirectory(dir=DATA, prefix="tmp-") as folder, faasta.started(folder, SHARED) as server:
        out["first"] = deployed(server, name, number)
        out["next"] = [deployed(server, name, number + one) for one in range(1, options.next + 1)]
        server.deploy("other", guest("hello-raw"))
        other = Served(server.address, "other.localhost", server.pid)
        ask = {"place": SHARED, "rate": options.rate, "connections": 16, "warm_up": 0.5}
        out["quiet"] = client.load(other, options.seconds, **ask)
        beside = client.begin(other, options.seconds, **ask)
        count = 0
        while beside.poll() is None:
            count += 1
            deployed(server, name, number + options.next + count)
        out["during"], out["deploys"] = client.finish(beside), count
    return out


def run(options, report):
    there = available(options.guests.split(","), report)
    DATA.mkdir(parents=True, exist_ok=True)
    for name in there:
        rounds = [one_round(name, 1000 * turn, options) for turn in range(options.rounds)]
        report.add({"guest": name, "rounds": rounds})
        compiles = [one["wasmtime compile"] for one in rounds]
        kinds = {"first deploy": [one["first"] for one in rounds], "next deploys": [statistics.median(one["next"]) for one in rounds], "wasmtime compile": compiles}
        report.table(f"{name}, ms from upload to verified answer", ["", "median", "worst", "times `wasmtime compile` (95 %)"],
                     [[label, statistics.median(values), max(values), of_ratio(median_ratio(values, compiles))] for label, values in kinds.items()])
        report.table(f"another function at {options.rate:g} requests/s meanwhile, us", ["", "p50", "p99", "max"],
                     [[label, *(statistics.median(one[label][key] for one in rounds) for key in ("p50", "p99", "max"))] for label in ("quiet", "during")])
        report.say(f"  p99 during deploys, times the quiet one: {of_ratio(median_ratio([one['during']['p99'] for one in rounds], [one['quiet']['p99'] for one in rounds]))}"
                   f"; {sum(one['deploys'] for one in rounds)} deploys")
