"""Requests/s over HTTP/2 and HTTP/1.1 with 256 requests under way, of a function and of /healthz; compared with nginx.

HTTP/2 has 8 connections with 32 streams each, HTTP/1.1 has 256 connections. The client is h2load; server and client
have one core each. HTTP/1.1 is measured without TLS, HTTP/2 with and without TLS. """
import statistics

from suite import edge
from suite.tools import h2load

SHORT = ["--rounds", "1", "--requests", "10000"]
API = "api.localhost"


def options(parser):
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=60_000)


def run(chosen, report):
    rows = {}

    def note(name, *arguments, **more):
        rows.setdefault(name, []).append(h2load(*arguments, requests=chosen.requests, **more))
    for _ in range(chosen.rounds):
        with edge.faastad() as ours:
            note("function, HTTP/2", ours, False, clients=8, streams=32)
            note("function, HTTP/1.1", ours, False, "--h1", clients=256, streams=1)
            note("function, HTTP/2 over TLS", ours, True, clients=8, streams=32)
            note("/healthz, HTTP/2 over TLS", ours, True, clients=8, streams=32, path="/healthz", host=API)
        with edge.nginx() as theirs:
            note("nginx return 200, HTTP/2 over TLS", theirs, True, clients=8, streams=32)
    median = {name: statistics.median(values) for name, values in rows.items()}
    report.add({"requests a second": rows})
    report.table("requests a second", ["", "median"], [[name, f"{value:,.0f}"] for name, value in median.items()])
    report.say(f"function: HTTP/2 has {median['function, HTTP/2'] / median['function, HTTP/1.1']:.2f} times HTTP/1.1 (wanted: 1.0)")
    report.say(f"/healthz: {median['/healthz, HTTP/2 over TLS'] / median['nginx return 200, HTTP/2 over TLS']:.2f} times nginx (wanted: 1.0)")
