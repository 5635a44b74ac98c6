"""The first request of each of many functions that are not loaded.

C1: the function's code is in the page cache. C2: the code was dropped from the page cache before the request (--states
C2); mincore checks this. Each function has its own component, which is deployed through the API. After a restart each
function gets one request, in random order, on one open connection. `client` is the time from the first byte of the
request written to the last byte of the answer read, measured by a client that polls. `header` is the sum of the phases
in the server's `server-timing`; each phase follows. """
import contextlib
import hashlib
import os
import random
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from support import pagecache
from support.guests import guest
from support.http1 import Connection, request
from support.waiting import eventually
from suite import faasta, folders
from suite.components import HELLOS, SLOW_TO_DEPLOY, available, distinct
from suite.figures import QUANTILES, quantiles
from suite.placement import APART, on

SHORT = ["--functions", "100", "--guests", "hello-c,hello-raw,hello"]
FEW = 20                          # number of functions of a guest that is slow to deploy, unless the user gives a number
WARM_UP = "warm-up"


def options(parser):
    parser.add_argument("--functions", type=int, help=f"how many distinct ones of each guest (300; {FEW} of {', '.join(SLOW_TO_DEPLOY)})")
    parser.add_argument("--guests", default=",".join(HELLOS))
    parser.add_argument("--states", default="C1,C2")
    parser.add_argument("--at-once", type=int, default=1, help="requests under way, on a connection each; with 1 the server idles between them, and its caches with it")
    parser.add_argument("--loaded-mb", type=int, default=1024, help="the server's engine.loaded_mb: what is beyond is evicted during the run")


def name_of(number):
    return f"cold-{number}"


def data_with(name, count):
    """A data folder with `count` different functions of a guest, and one more for the warm-up."""
    def upload(server, number):
        answer = server.upload_in_turn(name_of(number), distinct(name, number)[0], verify=False, seconds=3600)
        assert answer.status == 201, answer

    def fill(server):
        server.deploy(WARM_UP, guest("hello-wat"), verify=False)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda number: upload(server, number), range(count)))
    return folders.prepared({"cold": hashlib.sha256(guest(name)).hexdigest(), "functions": count, "form": 3}, fill)    # 3: with the note of the first call's pages


def code_files(data):
    """{digest: compiled files of this component}."""
    out = {}
    for path in (data / "compiled").rglob("*"):
        if path.is_file():
            out.setdefault(path.name.split(".")[0], []).append(path)
    return out


class Timed(Connection):
    """Stores the time of the last read from the socket, so that measured times do not include parsing. It polls the
    socket, so that they do not include the client's wake-up."""

    def __init__(self, address):
        super().__init__(address)
        self.socket.setblocking(False)

    def fill(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                data = self.socket.recv(1 << 16)
            except BlockingIOError:
                continue
            self.read_at = time.perf_counter()
            self.buffer += data
            return bool(data)
        raise TimeoutError


def ask(connection, host):
    """Sends a request; returns the time in us at the client, and the answer."""
    data = request("GET", "/", host)
    start = time.perf_counter()
    answer = connection.exchange(data)
    return (connection.read_at - start) * 1e6, answer


def phases_of(answer):
    """{phase: us} from the server's answer."""
    return {phase: float(ms) * 1e3 for phase, ms in re.findall(r"(\w+);dur=([0-9.]+)", answer.header("server-timing", ""))}


def asked_once(server, name, order, before, at_once):
    """Calls each function once, `at_once` functions at a time. `before(number)` runs before each call, and is not
    included in its time."""
    times, phases, kinds = [], {}, {}

    def note(number, took, answer):
        assert (answer.status, answer.body) == (200, b"hello from %06d\n" % number), answer
        times.append(took)
        kind = answer.header("x-faasta-cold")
        kinds[kind] = kinds.get(kind, 0) + 1
        for phase, us in phases_of(answer).items():
            phases.setdefault(phase, []).append(us)

    with contextlib.ExitStack() as stack:
        stack.enter_context(on(APART.client))
        connections = [stack.enter_context(Timed(server.address)) for _ in range(at_once)]
        for connection in connections:
            for _ in range(20):
                connection.exchange(request("GET", "/", f"{WARM_UP}.localhost"))
        for first in range(0, len(order), at_once):
            some = order[first:first + at_once]
            for number in some:
                before(number)
            starts = []
            for number, connection in zip(some, connections):
                starts.append(time.perf_counter())
                connection.send(request("GET", "/", f"{name_of(number)}.localhost"))
            for number, connection, start in zip(some, connections, starts):
                answer = connection.read_response("GET")
                note(number, (connection.read_at - start) * 1e6, answer)
    return {"client": times, **phases}, kinds


def told_by_server(server):
    """Times in us of cold requests, from first byte read to last byte written, from the access log."""
    server.stop()
    return [line["us"] for line in server.log_lines() if line.get("event") == "request" and line["cold"] and line["function"] != WARM_UP]


def measured(name, count, state, loaded_mb, at_once):
    """The result of one guest in one state."""
    data = data_with(name, count)
    order = list(range(count))
    random.Random(1).shuffle(order)
    if state == "C1":
        for some in code_files(data).values():  # the copy's files are links to these
            for path in some:
                pagecache.fill(path)
    with faasta.with_data(data, server={"server_timing": True, "access_log": True}, engine={"loaded_mb": loaded_mb}) as server:
        files = code_files(server.data)
        digests = {number: hashlib.sha256(distinct(name, number)[0]).hexdigest() for number in order} if state == "C2" else {}
        left = []

        def out_of_cache(number):
            for path in files[digests[number]]:
                pagecache.drop(path)
                left.append(pagecache.resident(path))
        if state == "C1":
            eventually(lambda: server.event("cached_files_checked"), seconds=60)
        else:
            os.sync()                             # dirty pages are not dropped
        times, kinds = asked_once(server, name, order, out_of_cache if state == "C2" else lambda _number: None, at_once)
        times = {"client": times.pop("client"), "server": told_by_server(server), **times}
        sizes = [path.stat().st_size for some in files.values() for path in some]
    return {"guest": name, "state": state, "functions": count, "x-faasta-cold": kinds, "pages left in the cache": sum(left), "compiled bytes": statistics.median(sizes),
            "us": {key: quantiles(values) for key, values in times.items()}, "samples": times}


def run(options, report):
    there = available(options.guests.split(","), report)
    for name in there:
        count = options.functions or (FEW if name in SLOW_TO_DEPLOY else 300)
        for state in options.states.split(","):
            result = measured(name, count, state, options.loaded_mb, options.at_once)
            report.add(result)
            wrong = f"; NOT ALL WERE COLD: {result['x-faasta-cold']}" if set(result["x-faasta-cold"]) != {"1"} else ""
            wrong += f"; {result['pages left in the cache']} PAGES STAYED IN THE CACHE" if result["pages left in the cache"] else ""
            report.table(f"{name}, {state}, {count} distinct functions of {result['compiled bytes']:,.0f} compiled bytes, us{wrong}", ["", *QUANTILES],
                         [[key, *its.values()] for key, its in result["us"].items()])
