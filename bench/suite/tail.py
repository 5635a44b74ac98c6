"""Latency at a fixed rate, with server and client on both cores, compared with `wasmtime serve` at the same rate.

The client is an open loop: the latency of a request begins when the request was due, even if no connection was free.
The rate is a fraction of the slowest server's peak rate, which a closed loop measures before on the same cores. """
from suite import client
from suite.components import available
from suite.placement import SHARED
from suite.rounds import alternate, compared, contestants, ratios

SHORT = ["--rounds", "2", "--seconds", "3", "--guests", "hello-raw"]
KEYS = ("p50", "p99", "p99.9")


def options(parser):
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--guests", default="hello-raw,hello")
    parser.add_argument("--share", type=float, default=0.7, help="of the slowest contestant's peak")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--peers", default="wasmtime")


def peak(serve):
    with serve(SHARED) as served:
        return client.load(served, 3, SHARED, connections=32, warm_up=1)["per_second"]


def run(options, report):
    there = available(options.guests.split(","), report)
    for name in there:
        serve = contestants(name, options.peers.split(","), report)
        peaks = {label: max(peak(one), peak(one)) for label, one in serve.items()}
        rate = round(options.share * min(peaks.values()))
        rounds = alternate(serve, options.rounds, lambda served, _label: client.load(served, options.seconds, SHARED, rate=rate, connections=options.connections, warm_up=1), SHARED)
        report.add({"guest": name, "peaks": peaks, "rate": rate, "rounds": rounds, "ratios": {key: ratios(rounds, key) for key in KEYS}})
        report.say(f"\n{name}: peaks {', '.join(f'{label} {one:,.0f}' for label, one in peaks.items())} requests/s; asked at {rate:,}/s")
        for key in KEYS:
            report.table(f"{name} at {rate:,} requests/s, both cores shared, {key} in us", ["", "median", "faasta takes times that (95 %)"], compared(rounds, key))
