"""Many functions on one server: the cost of an idle function, and whether their number makes a cold call slower.

A number of different components are deployed through the API. All other functions are only rows in the catalog that use
these components, because a million deploys would take days. Two numbers of functions are measured; the slope between
them is the cost of one more function. Only a few components stay loaded (--loaded-mb), so that random calls are cold
and evict other components all the time. `idle` is measured before any call, `after` right after the last call, and
`evicted` when no component is loaded any more (engine.loaded_idle_s). Memory is the anonymous memory of the process and
the kernel's unreclaimable slab. The slab is counted for the whole machine, so nothing else should run. """
import random
import tempfile
import time

from support.http1 import Connection, request
from support.server import steady
from support.waiting import eventually
from suite import catalog, client, cold, faasta, folders, process
from suite.figures import QUANTILES, quantiles
from suite.peers import Served
from suite.placement import APART, on

SHORT = ["--functions", "2000", "--small", "200", "--components", "100", "--calls", "2000", "--cold-calls", "200"]
MIB = 2**20


def options(parser):
    parser.add_argument("--functions", type=int, default=10_000)
    parser.add_argument("--small", type=int, default=1000, help="the size to compare with")
    parser.add_argument("--components", type=int, default=1000, help="distinct ones")
    parser.add_argument("--guest", default="hello-c")
    parser.add_argument("--calls", type=int, default=100_000, help="random calls, after which memory is looked at again")
    parser.add_argument("--cold-calls", type=int, default=2000, help="random calls that are timed one by one")
    parser.add_argument("--loaded-mb", type=int, default=1)


def text_of(number, components):
    return b"hello from %06d\n" % (number % components)


def state(server):
    """Memory after it has stopped falling; mappings and descriptors."""
    steady(lambda: process.memory(server.pid)["anonymous"], 3)
    return {**process.memory(server.pid), "mappings": process.mappings(server.pid), "descriptors": process.descriptors(server.pid)}


def evicted(server):
    """The same as `state`, after all components were evicted because they were idle."""
    eventually(lambda: time.sleep(0.5) or server.prometheus()["faasta_components_loaded"] == 0, 120, "the end of what is loaded")
    time.sleep(20)                                # memories kept for later calls are freed one sweep later
    return state(server)


def first_answer(server, number, components):
    """Seconds from the process's start to the answer of a function."""
    with on(APART.server):
        start = time.perf_counter()
        server.start()
    with Connection(server.address) as connection:
        answer = connection.exchange(request("GET", "/", f"cold-{number}.localhost"))
    took = time.perf_counter() - start
    assert (answer.status, answer.body) == (200, text_of(number, components)), answer
    return took


def timed_calls(server, size, options):
    """Times in us of the random calls that were cold: at the client and in the server's header, in total and for each phase."""
    chance = random.Random(2)
    times = {"client": [], "header": []}
    with on(APART.client), cold.Timed(server.address) as connection:
        for number in (chance.randrange(size) for _ in range(options.cold_calls)):
            took, answer = cold.ask(connection, f"cold-{number}.localhost")
            assert (answer.status, answer.body) == (200, text_of(number, options.components)), answer
            if answer.header("x-faasta-cold") == "1":
                times["client"].append(took)
                phases = cold.phases_of(answer)
                times["header"].append(sum(phases.values()))
                for phase, us in phases.items():
                    times.setdefault(phase, []).append(us)
    return times


def random_calls(server, size, options):
    chance = random.Random(3)
    with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
        for number in (chance.randrange(size) for _ in range(min(options.calls, 4 * size))):
            hosts.write(f"cold-{number}.localhost\t{text_of(number, options.components).decode().strip()}\\n\n")
        hosts.flush()
        return client.load(Served(server.address, None, server.pid), 3600, hosts=hosts.name, connections=8, requests=options.calls)


def measured(data, size, options):
    with folders.copied(data) as folder:
        with faasta.started(folder, server={"server_timing": True}, engine={"loaded_mb": options.loaded_mb}) as server:
            server.stop()
            catalog.widen(server.data, options.components, size)
            start = first_answer(server, size - 1, options.components)
            idle = state(server)
            times = timed_calls(server, size, options)
            load = random_calls(server, size, options)
            after = state(server)
            end = evicted(server)
    return {"functions": size, "start to first answer s": start, "idle": idle, "after": after, "evicted": end, "load": load, "cold": {key: quantiles(one) for key, one in times.items()},
            "cold calls": len(times["client"])}


def run(options, report):
    sizes = sorted({max(options.small, options.components), options.functions})
    data = cold.data_with(options.guest, options.components)
    results = [measured(data, size, options) for size in sizes]
    for one in results:
        report.add(one)
    heads = [f"{one['functions']:,} functions" for one in results]
    rows = [["start to first answer, s", *(one["start to first answer s"] for one in results)]]
    for when in ("idle", "after", "evicted"):
        rows += [[f"{when}: {key}, MiB", *(one[when][key] / MIB for one in results)] for key in ("anonymous", "file", "page tables", "unreclaimable slab", "slab")]
        rows += [[f"{when}: {key}", *(one[when][key] for one in results)] for key in ("mappings", "descriptors")]
    rows += [[f"{when} less idle: anonymous, MiB", *((one[when]["anonymous"] - one["idle"]["anonymous"]) / MIB for one in results)] for when in ("after", "evicted")]
    rows += [[f"cold call at the {where}, {key}, us", *(one["cold"][where][key] for one in results)] for where in ("client", "header") for key in QUANTILES]
    rows += [[f"cold call, {phase}, {key}, us", *(one["cold"][phase][key] for one in results)] for phase in results[0]["cold"] if phase not in ("client", "header") for key in ("p50", "p99")]
    rows += [["cold calls timed", *(one["cold calls"] for one in results)], ["random calls/s, 8 connections", *(one["load"]["per_second"] for one in results)]]
    report.table(f"{options.guest}, {options.components:,} distinct components, {options.calls:,} random calls before `after`", ["", *heads], rows)
    if len(results) == 2:
        slopes(*results, report)


def slopes(small, large, report):
    more = large["functions"] - small["functions"]
    found = {when: {key: (large[when][key] - small[when][key]) / more for key in ("anonymous", "unreclaimable slab", "page tables")} for when in ("idle", "after", "evicted")}
    report.add({"bytes per function": found})
    report.say(f"\nbytes that one function more costs, from {more:,} more")
    for when, its in found.items():
        report.say(f"  {when}: {its['anonymous'] + its['unreclaimable slab']:,.1f} anonymous and unreclaimable slab ({', '.join(f'{key} {value:,.1f}' for key, value in its.items())})")
    report.say(f"  p99 of a cold call is {large['cold']['client']['p99'] / small['cold']['client']['p99']:.2f} times that at {small['functions']:,} (client), "
               f"{large['cold']['header']['p99'] / small['cold']['header']['p99']:.2f} (header)")
