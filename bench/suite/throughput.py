"""Requests a second on one server core: keep-alive, a closed loop, a fresh instance for each request.

The client has the other core. With --guests echo, large bodies (--body) are sent in both directions; see suite/echo.py.
"""
from suite import client, echo
from suite.components import available
from suite.rounds import alternate, compared, contestants, ratios

SHORT = ["--rounds", "2", "--seconds", "2", "--guests", "hello-raw"]


def options(parser, guests="hello-raw,hello-c,hello"):
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10, help="of one contestant in one round")
    parser.add_argument("--guests", default=guests)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--peers", default="wasmtime,workerd,node,ceiling")
    parser.add_argument("--client", choices=("load", "wrk"), default="load")
    parser.add_argument("--body", default="64M", help="of echo: its size")


def measure(options, connections, **more):
    """Measures one server in one round."""
    def one(served, _label):
        client.load(served, 1, connections=connections)         # not measured: first calls, page faults, the start of the client
        if options.client == "wrk":
            return client.wrk(served, round(options.seconds), connections)
        return client.load(served, options.seconds, connections=connections, **more)
    return one


def run(options, report):
    names = options.guests.split(",")
    there = available([name for name in names if name != "echo"], report)
    for name in there:
        serve = contestants(name, options.peers.split(","), report)
        rounds = alternate(serve, options.rounds, measure(options, options.connections))
        report.add({"guest": name, "rounds": rounds, "ratios": ratios(rounds, "per_second")})
        report.table(f"{name}, {options.connections} connections, requests/s", ["", "median", "faasta has times that (95 %)"], compared(rounds, "per_second"))
    if "echo" in names:
        echo.run(options, report)
