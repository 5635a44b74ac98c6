"""Memory over a long time, under a steady load with deploys, rollbacks, traps and evictions.

The load is a fraction of the peak rate, which a closed loop measures first. The result is the growth of anonymous
memory per answered request, after a first period in which caches fill. Server and client have one core each. """
import itertools
import random
import time

from support.guests import guest
from suite import client, cold, faasta, folders, process
from suite.components import distinct
from suite.figures import slope
from suite.peers import Served
from suite.placement import APART, on

SHORT = ["--minutes", "0.3", "--evicted", "50"]
SLICE = 2                       # seconds of load between two measurements of memory
TRAPS = ("/before", "/after", "/exit", "/no-answer")


def options(parser):
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--share", type=float, default=0.6, help="of the peak")
    parser.add_argument("--warm-up", type=float, default=1 / 6, help="share of the time that does not count")
    parser.add_argument("--guest", default="hello-raw")
    parser.add_argument("--evicted", type=int, default=200, help="distinct functions that take turns in the cache")


def disturb(server, number, evicted):
    """Makes one deploy, one rollback, some traps, and cold calls that evict components."""
    server.upload("changing", distinct("hello-c", number)[0], verify=True)
    if number % 2:
        server.rollback("changing")
    for path in TRAPS:
        try:
            server.call("trap", path)
        except Exception:                                   # the answer is expected to break off
            pass
    for one in random.Random(number).sample(range(evicted), min(20, evicted)):
        answer = server.call(cold.name_of(one))
        assert (answer.status, answer.body) == (200, b"hello from %06d\n" % one), answer


def run(options, report):
    data = cold.data_with("hello-c", options.evicted)
    with folders.copied(data) as folder, faasta.started(folder, engine={"loaded_mb": 2}) as server:
        for name, component in {"bench": guest(options.guest), "trap": guest("trap"), "changing": guest("hello-c")}.items():
            server.deploy(name, component, verify=False)
        served = Served(server.address, "bench.localhost", server.pid)
        rate = round(options.share * client.load(served, 3, connections=32, warm_up=1)["per_second"])
        report.say(f"\n{rate:,} requests/s for {options.minutes:g} minutes")
        points, answers, begin = [], 0, time.monotonic()
        for number in itertools.count(1):
            load = client.begin(served, SLICE, rate=rate, connections=32)
            with on(APART.client):
                disturb(server, number, options.evicted)
            answers += client.finish(load)["answers"]
            passed = time.monotonic() - begin
            points.append({"seconds": passed, "answers": answers, **process.memory(server.pid), "mappings": process.mappings(server.pid), "descriptors": process.descriptors(server.pid)})
            if passed > options.minutes * 60:
                break
        failures = {key: value for key, value in server.prometheus().items() if key.startswith("faasta_call_failures_total") and value}
    counted = [one for one in points if one["seconds"] >= options.warm_up * points[-1]["seconds"]]
    slopes = {key: slope([(one["answers"], one[key]) for one in counted]) for key in ("anonymous", "descriptors", "mappings")}
    report.add({"guest": options.guest, "rate": rate, "points": points, "slopes": slopes, "failures": failures})
    marks = [counted[0], counted[len(counted) // 2], counted[-1]]
    report.table(f"{answers:,} requests, {len(points)} deploys, {4 * len(points)} traps, {20 * len(points)} cold calls beside them", ["", "after the warm-up", "in the middle", "at the end"],
                 [["seconds", *(one["seconds"] for one in marks)], ["answers", *(one["answers"] for one in marks)],
                  *([f"{key}, MiB", *(one[key] / 2**20 for one in marks)] for key in ("anonymous", "page tables", "unreclaimable slab")),
                  *([key, *(one[key] for one in marks)] for key in ("mappings", "descriptors"))])
    report.say(f"  anonymous memory grows by {slopes['anonymous']['slope']:.3f} bytes a request (95 %: {slopes['anonymous']['low']:.3f} to {slopes['anonymous']['high']:.3f})")
    report.say(f"  calls that failed, by reason: {failures}")
