"""The server's processor time with TLS: new connections (full and resumed) and kept connections; compared with nginx.

On each new connection there is a handshake and one request: faastad calls a raw Rust guest, nginx answers with a fixed
text. faastad is measured with X25519MLKEM768, which browsers use, and with X25519; nginx's OpenSSL has only X25519. The
processor time is that of the server, in user and kernel mode. """
import json
import statistics
import subprocess

from suite import edge
from suite.placement import APART, on
from suite.process import cpu_seconds
from suite.tools import h2load
from support.server import BINARIES

SHORT = ["--rounds", "1", "--connections", "500", "--requests", "5000"]
LARGE = 64 << 10
WANTED = {"full": 0.6, "resumed": 0.6}


def options(parser):
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=3000)
    parser.add_argument("--requests", type=int, default=40_000)


def new_connections(ports, groups, count, kind):
    """Processor time of the server for one connection with one request, in us."""
    before = cpu_seconds(ports.pid)
    with on(APART.client):
        done = subprocess.run([BINARIES / "faasta_tls_client", str(ports.tls), edge.HOST, groups, str(count), kind], capture_output=True, text=True, check=True)
    outcome = json.loads(done.stdout)
    assert outcome["resumed"] == (count - 1 if kind == "resumed" else 0), outcome
    return (cpu_seconds(ports.pid) - before) / count * 1e6


def kept(ports, secure, requests):
    """Processor time of the server for one request on a kept connection, in us."""
    before = cpu_seconds(ports.pid)
    h2load(ports, secure, "--h1", requests=requests, clients=8, streams=1)
    return (cpu_seconds(ports.pid) - before) / requests * 1e6


def run(chosen, report):
    rows, answers = {}, {}
    for _ in range(chosen.rounds):
        with edge.faastad() as ours:
            new_connections(ours, "X25519", 200, "full")
            for kind in ("full", "resumed"):
                for groups in ("X25519MLKEM768", "X25519"):
                    rows.setdefault(f"faasta, {kind}, {groups}", []).append(new_connections(ours, groups, chosen.connections, kind))
            rows.setdefault("faasta, kept, plain", []).append(kept(ours, False, chosen.requests))
            rows.setdefault("faasta, kept, TLS", []).append(kept(ours, True, chosen.requests))
        with edge.faastad("bodies") as large:
            for name, secure in (("plain", False), ("TLS", True)):
                answers.setdefault(name, []).append(h2load(large, secure, "--h1", requests=chosen.requests // 4, clients=8, streams=1, path=f"/write?n={LARGE}"))
        with edge.nginx() as theirs:
            new_connections(theirs, "X25519", 200, "full")
            for kind in ("full", "resumed"):
                rows.setdefault(f"nginx, {kind}, X25519", []).append(new_connections(theirs, "X25519", chosen.connections, kind))
    median = {name: statistics.median(values) for name, values in rows.items()}
    report.add({"cpu us": rows, "large answers a second": answers})
    report.table("processor time of the server, us", ["", "median", "of nginx"],
                 [[name, f"{value:.1f}", ratio(name, median)] for name, value in median.items()])
    report.say(f"kept connections: TLS takes {median['faasta, kept, TLS'] / median['faasta, kept, plain']:.3f} times plain (wanted: 1.10)")
    large = {name: statistics.median(values) for name, values in answers.items()}
    report.say(f"answers of 64 KiB: {large['plain']:,.0f} a second in the clear, {large['TLS']:,.0f} over TLS: {large['TLS'] / large['plain']:.2f} (wanted: 0.65)")


def ratio(name, median):
    kind = name.split(", ")[1]
    peer = median.get(f"nginx, {kind}, X25519")
    return f"{median[name] / peer:.2f} (wanted: {WANTED[kind]})" if peer and name.startswith("faasta") else ""
