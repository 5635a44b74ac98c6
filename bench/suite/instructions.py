"""Instructions per request in user space: by perf if the processor's counters can be read, otherwise by callgrind.

Callgrind runs the program on a simulated processor, about fifty times slower, so the timer that interrupts guests fires
more often during a request. Do not compare the counts of perf with those of callgrind.

Callgrind counts only the thread that answers the requests. Other threads, such as the writer of logs, work at fixed
times. In the slow simulation, they run about fifty times as often for each request as in reality, and even more often
on a slower machine. """
import functools
import hashlib
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from support.guests import guest
from support.server import BINARIES
from suite import client, faasta, folders
from suite.peers import Served
from suite.placement import TOOLS

# Settings for callgrind: longer times, and no more address space than callgrind can reserve.
LIMITS = {"cpu_ms": 60_000, "timeout_ms": 600_000, "first_byte_ms": 600_000, "concurrent_calls": 8, "concurrent_calls_per_function": 8}
SLOTS = {"slots": 8}
FREE = {"lockdown": "off"}          # valgrind makes system calls of its own
# In the simulation a call takes milliseconds. Without pauses, the next request would arrive before the last call has
# ended, and its owner would have used its time in this round of the loop. So each call would wait for a turn, which is
# rare in reality.
REQUESTS_PER_SECOND = 40


@functools.cache
def method():
    """The program that counts, or None if neither can be used."""
    if shutil.which("perf"):
        done = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stderr.split(",")[0].isdigit():
            return "perf"
    return "callgrind" if shutil.which("callgrind_control") else None


def per_request(name, requests):
    return {"perf": by_perf, "callgrind": by_callgrind, None: lambda *_: None}[method()](name, requests)


def by_perf(name, requests):
    with faasta.serving(name) as served:
        client.load(served, 600, connections=1, requests=2000)
        perf = subprocess.Popen(["perf", "stat", "-x,", "-e", "instructions:u", "-p", str(served.pid)], stderr=subprocess.PIPE, text=True)
        client.load(served, 600, connections=1, requests=requests)
        perf.send_signal(signal.SIGINT)
        return int(perf.communicate()[1].split(",")[0]) / requests


def by_callgrind(name, requests):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        # Callgrind fails when a signal arrives. So the server does not get the signal of its threads' clocks.
        program = ["env", "--block-signal=VTALRM", "valgrind", "--tool=callgrind", "--instr-atstart=no", "--separate-threads=yes",
                   f"--callgrind-out-file={out}", f"--log-file={folder}/log", stripped()]
        with faasta.with_data(data_for_callgrind(name), program=program, limits=LIMITS, engine=SLOTS, server=FREE) as server:
            served = Served(server.address, "bench.localhost", server.pid)
            client.load(served, 600, connections=1, requests=300, rate=REQUESTS_PER_SECOND)
            control("-i", "on", server.pid)
            client.load(served, 600, connections=1, requests=requests, rate=REQUESTS_PER_SECOND)
            control("-i", "off", server.pid)
            control("-d", server.pid)
        dumps = [path.read_text(errors="replace") for path in pathlib.Path(folder).glob("out*")]
        threads = [sum(int(total) for total in re.findall(r"^totals: (\d+)", dump, re.MULTILINE)) for dump in dumps]
        return max(threads) / requests  # with one connection, one loop answers all


def data_for_callgrind(name):
    """A data folder with a guest's code, compiled for the processor that callgrind simulates. The server itself cannot
    compile under callgrind."""
    component = guest(name)
    digest = hashlib.sha256(component).hexdigest()
    simulated = ["valgrind", "--quiet", "--tool=none", stripped()]

    def fill(server):
        server.deploy("bench", component, verify=False)
        server.stop()
        shutil.rmtree(server.data / "compiled")
        server.program = simulated
        server.start()
        server.stop()
        artifact = next((server.data / "compiled").iterdir()) / f"{digest}.cwasm"
        artifact.touch()
        # The compile child limits its descriptors. Valgrind allows this only if they are limited already.
        kept = server.data / "artifacts" / f"{digest}.wasm"
        subprocess.run(["env", "RUNNING_ON_VALGRIND=1", "prlimit", "--nofile=64:4096", *simulated, "compile", kept, digest, artifact, str(2 << 30), "60000", str(128 << 20)],
                       check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["valgrind", "--quiet", "--tool=none", stripped("faasta_seal"), kept, artifact, server.data / "seal.key"], check=True)
    return folders.prepared({"callgrind": digest}, fill, {"limits": LIMITS, "engine": SLOTS, "server": FREE})


def control(*words):
    subprocess.run(["callgrind_control", *map(str, words)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@functools.cache
def stripped(name="faastad"):
    """A program without its debug information, which takes callgrind half a minute to read."""
    source = BINARIES / name
    program = TOOLS / f"{name}-stripped-{source.stat().st_mtime_ns}"
    if not program.exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        for older in TOOLS.glob(f"{name}-stripped*"):
            older.unlink()
        subprocess.run(["objcopy", "--strip-debug", source, program], check=True)
    return program
