"""The twelve published attacks on TLS and HTTP/2: the memory that they cost, and their effect on another client.

The server has one core. The attacker and the other client share the second core. The other client has a real-time
priority, if this process may set one (root may), so that the attacker does not delay it. The other client asks a function
at a fixed rate, before and during each attack. Its latencies begin when it sends: the kernel works for the attacker on the
same core, and the other client may then send late, which is not the server's doing.
"""
import contextlib
import multiprocessing
import os
import time

from suite import client, edge
from suite.attacks import ATTACKS, attack
from suite.peers import Served
from suite.placement import APART, on
from suite.process import cpu_seconds, status

SHORT = ["--seconds", "5"]
MEMORY = 64 << 20                               # bytes: the server's memory may grow by at most this
SLOWER = 1.5                                    # the other client's p99 during an attack may be at most this many times its p99 before the attack


SERVERS = {"faasta": edge.faastad, "nginx": edge.nginx}


def options(parser):
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=200, help="of the other client, requests/s")
    parser.add_argument("--attacks", default=",".join(ATTACKS))
    parser.add_argument("--server", choices=SERVERS, default="faasta", help="nginx: how much of the effect comes from the machine")


def before_all_others():
    """Gives this process, the other client, the core whenever it wants it."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))


def attacker(name, ports, rounds):
    os.nice(15)
    attack(name, ports, rounds)


def run(chosen, report):
    rows = []
    for name in chosen.attacks.split(","):
        with SERVERS[chosen.server]() as ports:
            rows.append([name, *one(name, ports, chosen)])
        report.say(f"  {rows[-1]}")
    report.add({"server": chosen.server, "seconds": chosen.seconds, "attacks": rows})
    report.table(f"{chosen.server}: attacks of {chosen.seconds:g} s beside a client with {chosen.rate:g} requests/s", ["", "p99 quiet, us", "p99, us", "times", "memory, MiB", "server's CPU", "rounds", ""],
                 [[name, quiet, beside, f"{beside / quiet:.2f}", f"{grown / (1 << 20):.1f}", f"{cpu:.2f}", rounds,
                   "kept" if grown <= MEMORY and beside <= SLOWER * quiet else "NOT KEPT"] for name, quiet, beside, grown, cpu, rounds in rows])


def one(name, ports, chosen):
    victim = Served(("127.0.0.1", ports.plain), edge.HOST, ports.pid)
    ask = {"rate": chosen.rate, "connections": 16, "warm_up": 1, "from_send": 1}
    quiet = client.finish(client.begin(victim, min(chosen.seconds, 10), first=before_all_others, **ask))
    memory = status(ports.pid, "VmRSS")
    rounds, cpu = multiprocessing.Value("Q", 0), cpu_seconds(ports.pid)
    with on(APART.client):
        process = multiprocessing.Process(target=attacker, args=(name, ports, rounds), daemon=True)
        process.start()
    load, most = client.begin(victim, chosen.seconds, first=before_all_others, **ask), 0
    while load.poll() is None:
        most = max(most, status(ports.pid, "VmRSS"))
        time.sleep(0.2)
    beside, busy = client.finish(load), (cpu_seconds(ports.pid) - cpu) / chosen.seconds
    process.kill()
    process.join()
    return quiet["p99"], beside["p99"], most - memory, busy, rounds.value
