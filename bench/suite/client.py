"""Runs the clients: bench/client/load.cpp, which compares every answer, and wrk, a well-known program that confirms a
figure."""
import json
import re
import subprocess
import sys

from support.http1 import Connection, request
from suite.components import TEXT
from suite.placement import APART, on
from suite.programs import built

def command(served, seconds, expect=TEXT, hosts=None, **options):
    """The client's command line. Options have the names of load.cpp's options, with _ instead of -."""
    where = ["--hosts", hosts] if hosts else ["--host", served.host]
    words = [word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    return [built("load"), "--address", f"{served.address[0]}:{served.address[1]}", "--expect-body", expect.decode().replace("\n", "\\n"),
            "--seconds", str(seconds), *where, *words]


def load(served, seconds, place=APART, tolerate=False, **options):
    """Makes one run. Latencies are in us. An error ends the suite, unless errors are tolerated."""
    with on(place.client):
        done = subprocess.run(command(served, seconds, **options), capture_output=True, text=True, check=True).stdout
    return checked(json.loads(done), tolerate)


def checked(outcome, tolerate=False):
    if outcome["errors"] and not tolerate:
        sys.exit(f"answers were wrong: {outcome}")
    return outcome


def begin(served, seconds, place=APART, first=None, **options):
    """Starts a run. Pass the result to `finish`. `first` is called in the new process."""
    with on(place.client):
        return subprocess.Popen(command(served, seconds, **options), stdout=subprocess.PIPE, text=True, preexec_fn=first)


def finish(process, tolerate=False):
    output, _ = process.communicate()
    if process.returncode:
        sys.exit("the client failed")
    return checked(json.loads(output), tolerate)


def wrk(served, seconds, connections=32, place=APART):
    """The same closed loop with wrk. wrk does not compare bodies, so a few are compared before and after."""
    verify(served)
    with on(place.client):
        done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-H", f"Host: {served.host}", "http://%s:%d/" % served.address],
                              capture_output=True, text=True, check=True).stdout
    verify(served)
    if "Non-2xx" in done or "Socket errors" in done:
        sys.exit(f"answers were wrong:\n{done}")
    latencies = {f"p{share}": microseconds(value) for share, value in re.findall(r"^\s+(\d+)%\s+([0-9.]+[a-z]+)", done, re.MULTILINE)}
    return {"per_second": float(re.search(r"Requests/sec:\s+([0-9.]+)", done)[1]), **latencies}


def microseconds(text):
    number, unit = re.fullmatch(r"([0-9.]+)([a-z]+)", text).groups()
    return float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]


def verify(served, count=50, expect=TEXT):
    with Connection(served.address) as connection:
        for _ in range(count):
            answer = connection.exchange(request("GET", "/", served.host))
            assert (answer.status, answer.body) == (200, expect), answer
