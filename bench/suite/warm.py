"""How long one warm request takes: one connection, one at a time, at the client.

The component is already loaded; each request gets a new instance. This is the latency of a closed loop without a queue
(`tail` measures latency under load). The client polls, so that the time does not include the client's wake-up. """
from suite import throughput
from suite.components import available
from suite.rounds import alternate, compared, contestants, ratios

SHORT = ["--rounds", "2", "--seconds", "2", "--guests", "hello-raw"]


def options(parser):
    throughput.options(parser)
    parser.set_defaults(connections=1)


def run(options, report):
    there = available(options.guests.split(","), report)
    for name in there:
        serve = contestants(name, options.peers.split(","), report)
        rounds = alternate(serve, options.rounds, throughput.measure(options, options.connections, spin=1))
        report.add({"guest": name, "rounds": rounds, "ratios": {key: ratios(rounds, key) for key in ("p50", "p99")}})
        for key in ("p50", "p99"):
            report.table(f"{name}, one request at a time, {key} in us", ["", "median", "faasta takes times that (95 %)"], compared(rounds, key))
