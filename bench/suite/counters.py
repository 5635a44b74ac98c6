"""The cost of one warm request in units that do not depend on other load: instructions, page faults, system calls.

It is measured after a warm-up on one keep-alive connection; system calls are also counted with many connections. System
calls are counted by perf, or by strace if the kernel's tracepoints cannot be used. Instructions are counted by perf, or
by callgrind if the processor's counters cannot be read, as in most virtual machines. --gate fails if a guest takes 1 %
more instructions than in bench/baseline.json; --update writes that file. """
import json
import re
import shutil
import signal
import subprocess
import time

from suite import client, faasta, instructions, machine, process
from suite.components import available
from suite.placement import REPOSITORY

SHORT = ["--requests", "2000", "--counted", "300", "--guests", "hello-raw"]
BASELINE = REPOSITORY / "bench" / "baseline.json"
ALLOWED = 1.01
CONNECTIONS = (1, 32)                                 # with one client, an answer is written at once; with many, several are written in one turn


def options(parser):
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--counted", type=int, default=1000, help="requests whose instructions are counted")
    parser.add_argument("--guests", default="hello-raw,hello-c,hello")
    parser.add_argument("--gate", action="store_true", help="fail at more than 1 %% over the baseline")
    parser.add_argument("--update", action="store_true", help="write the baseline")


def watched(command, served, connections, requests):
    """Runs a command that watches the server during a load; returns the command's output."""
    watch = subprocess.Popen([*command, "-p", str(served.pid)], stderr=subprocess.PIPE, text=True)
    time.sleep(1)                                     # both programs print that they are attached only together with their table
    client.load(served, 600, connections=connections, requests=requests)
    watch.send_signal(signal.SIGINT)
    return watch.communicate()[1]


def by_tracepoints():
    """Whether perf can use the kernel's tracepoints."""
    tried = ["perf", "stat", "-e", "raw_syscalls:sys_enter", "true"]
    return shutil.which("perf") is not None and subprocess.run(tried, capture_output=True).returncode == 0


def system_calls(served, connections, requests):
    """{name: calls per request}, for all threads. strace slows the server down several times, so that there are more and
    smaller batches than usual; perf does not."""
    if by_tracepoints():
        table = watched(["perf", "stat", "-x", ",", "-e", "syscalls:sys_enter_*"], served, connections, requests)
        rows = re.findall(r"^(\d+),,syscalls:sys_enter_(\w+),", table, re.MULTILINE)
    else:
        table = watched(["strace", "-c", "-f"], served, connections, requests)
        rows = re.findall(r"^\s*[0-9.]+\s+[0-9.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", table, re.MULTILINE)
    return {name: int(calls) / requests for calls, name in rows if name != "total" and calls != "0"}


def measured(name, options):
    with faasta.serving(name) as served:
        client.load(served, 600, connections=1, requests=2000)
        before = [count(served.pid) for count in (process.minor_faults, process.context_switches, process.cpu_seconds)]
        client.load(served, 600, connections=1, requests=options.requests)
        after = [count(served.pid) for count in (process.minor_faults, process.context_switches, process.cpu_seconds)]
        faults, switches, seconds = ((one - other) / options.requests for one, other in zip(after, before))
        calls = {connections: system_calls(served, connections, min(options.requests, 5000)) for connections in CONNECTIONS}
    return {"guest": name, "minor faults": faults, "context switches": switches, "cpu us": seconds * 1e6, "system calls": calls,
            "instructions": instructions.per_request(name, options.counted)}


def run(options, report):
    there = available(options.guests.split(","), report)
    results = [measured(name, options) for name in there]
    for result in results:
        report.add(result)
    rows = [[one["guest"], one["instructions"], one["minor faults"], *(sum(calls.values()) for calls in one["system calls"].values()),
             one["context switches"], one["cpu us"]] for one in results]
    columns = ["", "instructions", "faults", *(f"calls at {connections}" for connections in CONNECTIONS), "switches", "cpu us"]
    report.table(f"per request; instructions by {instructions.method()}; system calls with so many connections", columns, rows)
    for one in results:
        for connections, by_name in one["system calls"].items():
            calls = sorted(by_name.items(), key=lambda item: -item[1])
            report.say(f"  {one['guest']}, {connections}: " + ", ".join(f"{name} {count:.2f}" for name, count in calls if count >= 0.005))
    found = {one["guest"]: round(one["instructions"]) for one in results if one["instructions"]}
    if options.update:
        BASELINE.write_text(json.dumps({"by": instructions.method(), "cpu": machine.cpu(), "instructions per request": found}, indent=2) + "\n")
        report.say(f"\nwrote {BASELINE.relative_to(REPOSITORY)}")
    return gate(found, report) if options.gate else 0


def gate(found, report):
    """1 if a guest takes too many instructions."""
    baseline = json.loads(BASELINE.read_text())
    if (baseline["by"], baseline["cpu"]) != (instructions.method(), machine.cpu()):
        report.say(f"\nthe baseline was counted by {baseline['by']} on {baseline['cpu']}: another machine may differ by itself")
    ratios = {name: count / baseline["instructions per request"][name] for name, count in found.items() if name in baseline["instructions per request"]}
    for name, ratio in ratios.items():
        report.say(f"gate: {name} takes {ratio:.3f} times the baseline's instructions: {'ok' if ratio <= ALLOWED else 'TOO MANY'}")
    return int(any(ratio > ALLOWED for ratio in ratios.values()))
