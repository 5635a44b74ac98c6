"""First requests of functions while another owner's functions are listed, compared with the same without listing.

Each measurement has a fresh server. Each of its functions gets one request, in random order, with a pause between two
requests. The listers request page after page of all functions of their owner, without a pause. The four measurements of
a round are: quiet, listing, listing, quiet. The server has one core. Client and listers have the other core, where the
client has the higher priority. `client` is the time from the first byte of the request written to the last byte of the
answer read. `server` is the time from the first byte read to the last byte written, from the access log. """
import contextlib
import functools
import multiprocessing
import os
import pathlib
import random
import re
import sqlite3
import statistics
import time

from support.http1 import Connection, request
from suite import faasta, folders
from suite.cold import WARM_UP, data_with, name_of, told_by_server
from suite.figures import median_ratio, quantile
from suite.placement import APART, on
from suite.report import of_ratio

SHORT = ["--functions", "60", "--many", "20000", "--rounds", "1"]
ALLOWED = 1.2
PAUSE = 0.003                # seconds between two calls, so that the listers get the core meanwhile

MANY = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
INSERT INTO function (name, owner, active, next_version, created, updated) SELECT 'many-' || printf('%07d', i), 1, 1, 2, 0, 0 FROM n
"""
VERSIONS = """
INSERT INTO version (function, number, sha256, size, compiled_size, imports, settings, created, message)
  SELECT f.id, 1, v.sha256, v.size, v.compiled_size, v.imports, v.settings, 0, ''
  FROM function f, version v WHERE f.name LIKE 'many-%' AND v.function = (SELECT id FROM function WHERE name = :warm)
"""


def options(parser):
    parser.add_argument("--functions", type=int, default=300, help="that are called, each once in a measurement")
    parser.add_argument("--many", type=int, default=200_000, help="functions that are listed")
    parser.add_argument("--listers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=4, help="of four measurements")
    parser.add_argument("--guest", default="hello-c")


def crowd(data, many):
    """Adds an owner with many functions to a data folder; the called functions belong to another owner."""
    with contextlib.closing(sqlite3.connect(data / "faasta.db")) as catalog, catalog:
        catalog.execute("INSERT INTO owner (id, github_id, login, created) VALUES (2, 7, 'another', 0)")
        catalog.execute("UPDATE function SET owner = 2 WHERE name LIKE 'cold-%'")
        catalog.execute(MANY, {"many": many})
        catalog.execute(VERSIONS, {"warm": WARM_UP})
        catalog.execute("UPDATE function SET active = active WHERE name LIKE 'many-%'")      # the trigger makes the routes


@functools.cache
def crowded(guest, count, many):
    """The data folder with the other owner's functions. It is kept for later runs."""
    source = data_with(guest, count)
    made = source.parent / f"lists-{many}"
    if not made.exists():
        with folders.copied(source) as folder:
            crowd(pathlib.Path(folder, "data"), many)
            os.rename(os.path.join(folder, "data"), made)
            os.mkdir(os.path.join(folder, "data"))
    return made


def list_all(address, token, stop, pages):
    """The main function of a lister, which is a separate process."""
    os.sched_setaffinity(0, APART.client)
    os.nice(19)
    fields = [f"authorization: Bearer {token}"]
    after = ""
    with Connection(address) as connection:
        while not stop.is_set():
            answer = connection.exchange(request("GET", f"/v1/functions?after={after}", "api.localhost", fields))
            assert answer.status == 200, answer
            following = re.search(rb'"next":"([^"]+)"', answer.body[-200:])
            after = following[1].decode() if following else ""
            with pages.get_lock():
                pages.value += 1


@contextlib.contextmanager
def listing(server, listers):
    """Runs the listers. Yields the number of pages that they have listed so far, as a value shared between
    processes."""
    context = multiprocessing.get_context("fork")
    stop, pages = context.Event(), context.Value("q", 0)
    processes = [context.Process(target=list_all, args=(server.address, server.token, stop, pages)) for _ in range(listers)]
    for process in processes:
        process.start()
    try:
        while pages.value < listers:
            assert all(process.is_alive() for process in processes)
            time.sleep(0.01)
        yield pages
        assert all(process.is_alive() for process in processes)
    finally:
        stop.set()
        for process in processes:
            process.join()


def asked_once(server, order):
    """The time in us of each function's first request."""
    times = []
    with on(APART.client), Connection(server.address) as connection:
        for _ in range(20):
            connection.exchange(request("GET", "/", f"{WARM_UP}.localhost"))
        for number in order:
            data = request("GET", "/", f"{name_of(number)}.localhost")
            start = time.perf_counter()
            answer = connection.exchange(data)
            times.append((time.perf_counter() - start) * 1e6)
            assert (answer.status, answer.body) == (200, b"hello from %06d\n" % number), answer
            time.sleep(PAUSE)
    return times


def measured(data, chosen, listers):
    order = list(range(chosen.functions))
    random.shuffle(order)
    with faasta.with_data(data, server={"access_log": True}) as server:
        with listing(server, listers) if listers else contextlib.nullcontext() as pages:
            before = pages.value if pages else 0
            client = asked_once(server, order)
            listed = pages.value - before if pages else 0
        return {"client": client, "server": told_by_server(server), "pages": listed}


def run(chosen, report):
    random.seed(1)
    data = crowded(chosen.guest, chosen.functions, chosen.many)
    rounds = {"quiet": [], "listing": []}
    for _ in range(chosen.rounds):
        for label in ("quiet", "listing", "listing", "quiet"):
            rounds[label].append(measured(data, chosen, chosen.listers if label == "listing" else 0))
    report.add(rounds)
    rows, ratios = [], {}
    for where in ("client", "server"):
        for label, its in rounds.items():
            samples = [us for one in its for us in one[where]]
            rows.append([f"{where}, {label}", statistics.median(samples), quantile(samples, 0.99), max(samples), len(samples), sum(one["pages"] for one in its)])
        ratios[where] = rows[-1][2] / rows[-2][2]
    report.table(f"{chosen.guest}: first requests of {chosen.functions} functions, and {chosen.listers} listers of {chosen.many:,} others, us",
                 ["", "p50", "p99", "max", "requests", "pages listed"], rows)
    for where, ratio in ratios.items():
        quiet, busy = ([quantile(one[where], 0.99) for one in rounds[label]] for label in ("quiet", "listing"))
        report.say(f"  {where}: p99 while others list is {ratio:.2f} times the quiet one, of all; by round {of_ratio(median_ratio(busy, quiet))}; "
                   f"{ALLOWED} is allowed: {'kept' if ratio <= ALLOWED else 'NOT KEPT'}")
