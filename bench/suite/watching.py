"""What watching costs: followers of logs with filters at 10,000 lines a second, and `faasta top` over many functions.

`logs`: eight functions write lines, and each has a follower: of all lines, of those of stderr, or of those with a text.
The lines that a follower should have got are counted from the calls. A line that is missing must be in the server's count
of dropped bytes, or in a gap that the follower was told of; otherwise the command fails. `top`: the processor time of the server without and with one
reader of `top`. Before, random functions get three calls for each function; the server keeps the counts of the last 10,000 functions. """
import tempfile
import threading
import time
from urllib.parse import quote

from support.guests import guest
from support.http1 import Connection, request
from support.log_follower import Follower
from suite import catalog, client, cold, faasta, folders
from suite.peers import Served
from suite.process import cpu_seconds

SHORT = ["--seconds", "5", "--functions", "2000"]
WRITERS = 8
LINES = 5                        # a call writes 5 lines to stdout and 5 lines to stderr
FILTERS = {"all": ("", 2 * LINES + 1), "kind=stderr": ("&kind=stderr", LINES), "text": ("&text=" + quote("err 3 "), 1)}
COMPONENTS = 100                 # distinct ones, of the functions of `top`


def options(parser):
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--calls", type=int, default=1000, help="a second; each writes ten lines, and the server one")
    parser.add_argument("--of", default="logs,top")
    parser.add_argument("--functions", type=int, default=100_000, help="of one owner, for `top`")


def settled(measure):
    """Returns when two figures in a row are the same."""
    last = None
    while (now := measure()) != last:
        last = now
        time.sleep(1)


def calls_of(server, name):
    return server.api("GET", f"/v1/functions/{name}/metrics").json()["calls"]


def logs(chosen, report):
    names = [f"writer-{number}" for number in range(WRITERS)]
    with faasta.with_data(folders.functions({name: guest("log") for name in names})) as server:
        kinds = {name: list(FILTERS)[number % len(FILTERS)] for number, name in enumerate(names)}
        followers = {name: Follower(server, name, "?tail=0" + FILTERS[kind][0]) for name, kind in kinds.items()}
        with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
            hosts.writelines(f"{name}.localhost\tlogged\\n\n" for name in names)
            hosts.flush()
            load = client.load(Served(server.address, None, server.pid), 600, hosts=hosts.name, connections=8, rate=chosen.calls, requests=chosen.calls * chosen.seconds,
                               path=f"/?n={LINES}&bytes=30")
        settled(lambda: sum(len(follower.events) for follower in followers.values()))
        rows = []
        for kind, (_, lines) in FILTERS.items():
            its = [name for name in names if kinds[name] == kind]
            wanted = lines * sum(calls_of(server, name) for name in its)
            entries = [entry for name in its for _, entry in followers[name].events]
            gaps = [entry["missed_bytes"] for entry in entries if entry["kind"] == "gap"]
            rows.append([kind, len(its), wanted, len(entries) - len(gaps), sum(gaps)])
        dropped = server.prometheus()["faasta_log_bytes_lost_total"]
        for follower in followers.values():
            follower.close()
    report.add({"logs": rows, "dropped bytes": dropped, "load": load})
    report.table(f"logs: {load['per_second']:,.0f} calls/s, {11 * load['per_second']:,.0f} lines/s; bytes that the server counted as dropped: {dropped:,.0f}",
                 ["filter", "followers", "lines wanted", "lines received", "bytes in gaps"], rows)
    return any(received < wanted and not missed and not dropped for _, _, wanted, received, missed in rows)


def busy(server, seconds):
    """The share of a core that the server uses."""
    before = cpu_seconds(server.pid)
    time.sleep(seconds)
    return (cpu_seconds(server.pid) - before) / seconds


def read_top(server, samples, stop):
    with Connection(server.address, 60) as connection:
        connection.send(request("GET", "/v1/top?by=calls", "api.localhost", [f"authorization: Bearer {server.token}", "accept: text/event-stream"]))
        connection.read_head()
        while not stop.is_set() and (size := int(connection.take_line(), 16)):
            samples.append(connection.take(size))
            connection.take(2)


def top(chosen, report):
    with folders.copied(cold.data_with("hello-c", COMPONENTS)) as folder, faasta.started(folder) as server:
        server.stop()
        catalog.widen(server.data, COMPONENTS, chosen.functions)
        server.start()
        with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
            hosts.writelines(f"cold-{number}.localhost\thello from {number % COMPONENTS:06d}\\n\n" for number in range(chosen.functions))
            hosts.flush()
            client.load(Served(server.address, None, server.pid), 3600, hosts=hosts.name, connections=4, requests=3 * chosen.functions)
        settled(lambda: round(busy(server, 10), 2))    # the counts of all functions are written after the calls
        without = busy(server, chosen.seconds)
        samples, stop = [], threading.Event()
        reader = threading.Thread(target=read_top, args=(server, samples, stop))
        reader.start()
        with_reader = busy(server, chosen.seconds)
        stop.set()
        reader.join()
    report.add({"top": {"functions": chosen.functions, "without": without, "with": with_reader, "samples": len(samples)}})
    report.table(f"top over {chosen.functions:,} functions, {len(samples)} samples in {chosen.seconds} s: percent of a core", ["", "%"],
                 [["without a reader", f"{100 * without:.2f}"], ["with one", f"{100 * with_reader:.2f}"], ["difference (wanted: at most 1)", f"{100 * (with_reader - without):.2f}"]])


PARTS = {"logs": logs, "top": top}


def run(chosen, report):
    return any([PARTS[part](chosen, report) for part in chosen.of.split(",")])
