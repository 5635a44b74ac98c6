"""What a hop from a front process to a worker process would cost: decision 52.

Programs that do nothing else pass a small request and a small answer on, in alternating rounds: without the hop, by a
socket pair, and over loopback. Times are in microseconds. The processor time is that of front and worker together; the
client has a core of its own."""
import json
import statistics
import subprocess

from suite.figures import interval
from suite.programs import built

SHORT = ["--rounds", "2", "--seconds", "1"]
MODES = ("direct", "unix", "tcp")
KEYS = {"p50": "latency, median", "p99": "latency, 99 %", "cpu": "processor time of a request", "per_second": "requests each second"}


def options(parser):
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", default="1,32")


def measured(mode, connections, seconds):
    done = subprocess.run([built("hop"), mode, str(connections), str(seconds), "0", "1"], stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def more(rounds, mode, key):
    """How much more than `direct`, within each round: the median, and its 95 % interval."""
    extra = [one[mode][key] - one["direct"][key] for one in rounds]
    low, high = interval(extra)
    return f"{statistics.median(extra):.2f} ({low:.2f} to {high:.2f})"


def run(options, report):
    for connections in map(int, options.connections.split(",")):
        rounds = []
        for number in range(options.rounds):
            order = MODES[number % 3:] + MODES[:number % 3]
            rounds.append({mode: measured(mode, connections, options.seconds) for mode in order})
        report.add({"connections": connections, "rounds": rounds})
        for key, title in KEYS.items():
            rows = [[mode, statistics.median(one[mode][key] for one in rounds), "" if mode == "direct" else more(rounds, mode, key)] for mode in MODES]
            report.table(f"{connections} connections: {title}", ["", "median", "more than direct (95 %)"], rows)
