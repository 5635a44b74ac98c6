"""The latency of a function at a fixed rate, alone and beside another function that computes without end.

The neighbour runs the largest number of calls that one function may have at once. Its calls never end by themselves:
the server stops each call at its CPU limit, and the client then starts another call. Server and client have one core
each. The latency of a request begins when the request was due. """
import statistics

from support.guests import guest
from suite import client, faasta, folders
from suite.peers import Served
from suite.placement import APART, SHARED

SHORT = ["--rounds", "1", "--seconds", "4"]


def options(parser):
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=50, help="of the victim, requests/s")
    parser.add_argument("--spinners", type=int, default=200, help="calls of the neighbour at once; 200 are permitted to a function")
    parser.add_argument("--guest", default="hello-raw")
    parser.add_argument("--shared", action="store_true", help="both cores for server and client")


def run(options, report):
    place = SHARED if options.shared else APART
    data = folders.functions({"bench": guest(options.guest), "spin": guest("spin")})
    rounds = []
    for _ in range(options.rounds):
        with faasta.with_data(data, place) as server:
            victim, spin = (Served(server.address, f"{name}.localhost", server.pid) for name in ("bench", "spin"))
            ask = {"place": place, "rate": options.rate, "connections": 16, "warm_up": 1}
            alone = client.load(victim, options.seconds, **ask)
            neighbour = client.begin(spin, options.seconds + 3, place, connections=options.spinners)
            beside = client.load(victim, options.seconds, tolerate=True, **ask)
            rounds.append({"alone": alone, "beside": beside, "neighbour": client.finish(neighbour, tolerate=True)["errors"]})
    report.add({"guest": options.guest, "rounds": rounds})
    rows = [[label, *(statistics.median(one[label][key] for one in rounds) for key in ("p50", "p99", "max")),
             sum(sum(one[label]["errors"].values()) for one in rounds), sum(one[label]["answers"] for one in rounds)] for label in ("alone", "beside")]
    report.table(f"{options.guest} at {options.rate:g} requests/s, alone and beside {options.spinners} spinning calls, us", ["", "p50", "p99", "max", "errors", "answers"], rows)
    alone, beside = (row[2] for row in rows)
    allowed = max(1.5 * alone, alone + 3000)
    report.say(f"  p99 beside it is {beside / alone:.2f} times the quiet one; allowed are {allowed:,.0f} us: {'kept' if beside <= allowed and not rows[1][4] else 'NOT KEPT'}")
    report.say(f"  how the neighbour's calls ended: {rounds[-1]['neighbour']}")
