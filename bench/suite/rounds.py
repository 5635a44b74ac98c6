"""Measures Faasta and its peers in alternating rounds, each time with a new process, and computes ratios."""
import os
import statistics
import time

from suite import client, faasta, peers
from suite.figures import median_ratio
from suite.machine import steal_seconds
from suite.placement import APART
from suite.report import of_ratio

OURS = "faasta"
STOLEN = 0.02
BESIDE_JAVASCRIPT = ("hello-raw", "hello-js")       # the guests that workerd and Node are compared with: our fastest, and the one in the same language


def contestants(name, chosen, report):
    """{label: serve(place)} for a guest. Finds the best flags for it by a short run with each set."""
    out = {OURS: lambda place: faasta.serving(name, place)}
    if "wasmtime" in chosen:
        label, tried = best_flags(name)
        report.say(f"\n{name}: best peer flags are {label!r}, by {', '.join(f'{one} {rate:,.0f}' for one, rate in tried.items())} requests/s")
        report.add({"guest": name, "best flags": label, "tried": tried})
        out["wasmtime, default"] = lambda place: peers.wasmtime(name, place)
        out["wasmtime, best"] = lambda place: peers.wasmtime(name, place, peers.FLAGS[label])
    if name in BESIDE_JAVASCRIPT:
        if "workerd" in chosen and peers.install_workerd():
            out["workerd"] = lambda place: peers.workerd(name, place)
        if "node" in chosen:
            out["node"] = lambda place: peers.node(name, place)
    if "ceiling" in chosen:
        out["no work (ceiling)"] = lambda place: peers.ceiling(name, place)
    return out


def best_flags(name):
    def rate(flags):
        with peers.wasmtime(name, APART, flags) as served:
            return client.load(served, 1.2, warm_up=0.5)["per_second"]
    tried = {}
    for label in [*peers.FLAGS, *reversed(peers.FLAGS)]:
        tried[label] = tried.get(label, 0) + rate(peers.FLAGS[label]) / 2
    return max(tried, key=tried.get), tried


def alternate(serve, rounds, measure, place=APART):
    """Calls `measure(served, label)` for each server in each round, forwards and backwards: [{label: outcome}]. A round in which the
    hypervisor took more than STOLEN of the CPU time is repeated, a limited number of times."""
    out = []
    for turn in range(2 * rounds):
        labels = list(serve) if turn % 2 == 0 else list(reversed(serve))
        begin, steal, outcome = time.monotonic(), steal_seconds(), {}
        for label in labels:
            with serve[label](place) as served:
                outcome[label] = measure(served, label)
        stolen = (steal_seconds() - steal) / (time.monotonic() - begin) / (os.cpu_count() or 1)
        if stolen > STOLEN:
            print(f"round {turn + 1} does not count: {stolen:.1%} of the machine was stolen")
            continue
        out.append(outcome)
        if len(out) == rounds:
            return out
    raise SystemExit("too much of the machine is stolen to measure anything")


def compared(rounds, key):
    """Rows for a table: label, median of `key`, and the ratio of Faasta to the peer with its interval."""
    values = {label: [one[label][key] for one in rounds] for label in rounds[0]}
    return [[label, statistics.median(its), "" if label == OURS else of_ratio(median_ratio(values[OURS], its))] for label, its in values.items()]


def ratios(rounds, key):
    return {label: median_ratio([one[OURS][key] for one in rounds], [one[label][key] for one in rounds]) for label in rounds[0] if label != OURS}
