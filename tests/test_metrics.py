"""Counts are exact: each call is counted once, by status and by failure, in the API and on the admin listener. They
survive a restart."""
import datetime
import signal
import sqlite3
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.waiting import eventually

SERVER_CONFIG = {"limits": {"timeout_ms": 2000, "first_byte_ms": 1000, "cpu_ms": 100, "memory_mb": 32}}
PLAN = [("mixed", "/nothing", "4xx", None, 30), ("mixed", "/early", "2xx", None, 70), ("mixed", "/before", "5xx", "guest_trap", 11), ("mixed", "/no-answer", "5xx", "no_response", 7)]


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    server.deploy("mixed", "trap", verify=False)
    server.deploy("untouched", "hello-raw", verify=False)


def test_exact_counts(server):
    before = server.metrics("mixed")
    asked = [(name, target) for name, target, _, _, count in PLAN for _ in range(count)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: server.call(*pair), asked))
    after = eventually(lambda: (now := server.metrics("mixed"))["calls"] >= before["calls"] + len(asked) and now, 5, "all calls counted")
    assert after["calls"] == before["calls"] + len(asked)
    for status in {status for *_, status, _, _ in PLAN}:
        expected = sum(count for *_, one, _, count in PLAN if one == status)
        assert after["status"].get(status, 0) - before["status"].get(status, 0) == expected, (status, after)
    for failure, expected in (("guest_trap", 11), ("no_response", 7)):
        assert after["failures"].get(failure, 0) - before["failures"].get(failure, 0) == expected, (failure, after)
    assert sum(after["failures"].values()) - sum(before["failures"].values()) == 18, after
    assert after["peak_memory_bytes"] > 1 << 16 and after["cpu_ms"] >= 0, after


def test_latency_quantiles_are_ordered(server):
    server.call("mixed", "/early")
    latency = server.metrics("mixed")["latency_us"]
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] < 60e6, latency


@pytest.mark.parametrize("guest, target, failure", [("spin", "/", "cpu_limit"), ("sleep", "/?ms=9000", "wall_limit"), ("memory", "/forever", "memory_limit"),
                                                    ("trap", "/before", "guest_trap"), ("trap", "/after", "guest_trap"), ("trap", "/no-answer", "no_response")])
def test_each_failure_has_its_kind(server, guest, target, failure):
    name = f"kind-{guest}"
    server.upload(name, guest, verify=False)
    before = server.metrics(name)["failures"].get(failure, 0)
    server.call(name, target)
    eventually(lambda: server.metrics(name)["failures"].get(failure, 0) == before + 1, 5, f"one more {failure}")


def test_untouched_functions_count_nothing(server):
    metrics = server.metrics("untouched")
    assert (metrics["name"], metrics["calls"]) == ("untouched", 0) and sum(metrics["status"].values()) == 0, metrics


def test_cold_starts(make_server):
    server = make_server()
    server.deploy("cold", "hello-raw", verify=False)
    for _ in range(10):
        server.call("cold")
    eventually(lambda: server.metrics("cold")["calls"] == 10, 5, "ten calls")
    assert server.metrics("cold")["cold_starts"] <= 1
    server.restart()
    server.call("cold")
    eventually(lambda: server.metrics("cold")["cold_starts"] >= 1, 5, "a cold start after the restart")
    cold = server.metrics("cold")["cold_start_us"]
    assert 0 < cold["mean"] <= cold["worst"] < 10_000_000, cold
    figures = server.prometheus()
    for phase in ("total", "queue", "load", "instantiate", "guest"):
        assert figures[f'faasta_cold_start_seconds_count{{phase="{phase}"}}'] == 1, phase


def counted(server, name, calls):
    return eventually(lambda: (now := server.metrics(name))["calls"] == calls and now, 5, f"{calls} calls of {name}")


def test_counts_outlive_a_restart(make_server):
    server = make_server()
    server.deploy("lasting", "trap", verify=False)
    for target in ("/early", "/early", "/nothing", "/before"):
        server.call("lasting", target)
    before = counted(server, "lasting", 4)
    called = datetime.datetime.now(datetime.UTC).isoformat()
    server.restart()
    assert server.metrics("lasting") == before | {"since": server.metrics("lasting")["since"]}
    # After a restart, `since` is the first minute with a call. The server may have started in the minute before.
    assert server.metrics("lasting")["since"] <= called
    server.call("lasting", "/early")
    after = counted(server, "lasting", 5)
    assert after["status"] == {"2xx": 3, "4xx": 1, "5xx": 1} and after["failures"] == {"guest_trap": 1}, after
    assert after["latency_us"]["p99"] >= after["latency_us"]["mean"] > 0 and after["peak_memory_bytes"] >= before["peak_memory_bytes"], after
    server.restart()
    assert counted(server, "lasting", 5)["cold_starts"] == after["cold_starts"]


def test_counts_outlive_a_crash_once_they_are_kept(make_server):
    server = make_server()
    server.deploy("crashed", "hello-raw", verify=False)
    for _ in range(3):
        server.call("crashed")
    counted(server, "crashed", 3)

    def kept():
        try:
            with sqlite3.connect(f"file:{server.data}/metrics.db?mode=ro", uri=True) as database:
                return database.execute("SELECT count(*) FROM count").fetchone()[0]
        finally:
            database.close()
    eventually(kept, 20, "the counts in the file: within 10 s")
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    server.start()
    assert counted(server, "crashed", 3)["status"] == {"2xx": 3}


def test_a_damaged_file_of_counts_does_not_keep_the_server_from_starting(make_server):
    server = make_server()
    server.deploy("damaged", "hello-raw", verify=False)
    server.stop()
    for file in server.data.glob("metrics.db*"):
        file.write_bytes(b"rubbish" * 1000)
    server.start()
    assert server.event("metrics_damaged") and (server.data / "metrics.db.damaged").exists()
    server.call("damaged")
    counted(server, "damaged", 1)


def test_a_window(make_server, cli):
    server = make_server()
    server.deploy("window", "hello-raw", verify=False)
    server.call("window")
    counted(server, "window", 1)
    server.restart()
    server.call("window")
    counted(server, "window", 2)

    def since(**ago):
        time_then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**ago)
        return server.api("GET", "/v1/functions/window/metrics?since=" + urllib.parse.quote(time_then.strftime("%Y-%m-%dT%H:%M:%SZ")))
    assert since(hours=1).json()["calls"] == since(days=400).json()["calls"] == 2
    # Changes the rows in the file so that they are one hour old.
    server.stop()
    with sqlite3.connect(server.data / "metrics.db") as database:
        database.execute("UPDATE count SET begin = begin - 3600")
    database.close()
    server.start()
    server.call("window")
    counted(server, "window", 3)
    assert [since(minutes=minutes).json()["calls"] for minutes in (2, 30, 70)] == [1, 1, 3]
    assert server.api("GET", "/v1/functions/window/metrics?since=yesterday").code == "F0101"
    cli.server = server
    cli.run("login", "--with-token", stdin=server.token).ok()
    assert cli.run("metrics", "window", "--since", "30m", "--json").ok().json()["calls"] == 1
    shown = cli.run("metrics", "window", "--since", "2h").ok().out
    assert " <= " in shown and "mean" in shown and "p99 <= " in shown, shown
    assert "E" not in cli.run("metrics", "window", "--json").ok().out, "numbers have no exponents"


def test_counts_end_with_their_function(make_server):
    server = make_server()
    server.deploy("mortal", "hello-raw", verify=False)
    server.call("mortal")
    counted(server, "mortal", 1)
    server.restart()
    assert server.api("DELETE", "/v1/functions/mortal").status == 200
    with sqlite3.connect(server.data / "metrics.db") as database:
        assert database.execute("SELECT count(*) FROM count").fetchone() == (0,)
    database.close()
    server.deploy("mortal", "hello-raw", verify=False)
    counted(server, "mortal", 0)


def test_functions_have_labels_up_to_the_setting(make_server):
    server = make_server({"metrics": {"function_labels": 2}})
    for name in ("fn-a", "fn-b", "fn-c", "fn-d"):
        server.deploy(name, "hello-raw", verify=False)
        for _ in range(2):
            server.call(name)
        counted(server, name, 2)

    def calls():
        return {name.split('"')[1]: value for name, value in server.prometheus().items() if name.startswith("faasta_function_calls_total") and 'status="2xx"' in name}
    assert calls() == {"fn-a": 2, "fn-b": 2, "_other": 4}
    assert server.prometheus()['faasta_function_call_duration_seconds_count{function="_other"}'] == 4
    assert server.api("DELETE", "/v1/functions/fn-a").status == 200
    assert server.api("DELETE", "/v1/functions/fn-c").status == 200
    assert calls() == {"fn-b": 2, "_other": 4}, "what was summed stays in the sum"
    server.call("fn-d")
    counted(server, "fn-d", 3)
    assert calls() == {"fn-b": 2, "_other": 5}
    server.deploy("fn-e", "hello-raw", verify=False)
    server.call("fn-e")
    counted(server, "fn-e", 1)
    assert calls() == {"fn-b": 2, "fn-e": 1, "_other": 5}, "a place that became free"
    assert server.prometheus()['faasta_calls_total{status="2xx"}'] == 10


def test_no_function_has_a_label_if_none_may(make_server):
    server = make_server({"metrics": {"function_labels": 0}})
    server.deploy("nameless", "hello-raw", verify=False)
    server.call("nameless")
    counted(server, "nameless", 1)
    assert not [name for name in server.prometheus() if "nameless" in name]


def test_prometheus_conventions(server):
    from prometheus_client.parser import text_string_to_metric_families

    from support.http1 import Connection, request
    server.call("mixed", "/early")
    eventually(lambda: server.metrics("mixed")["calls"] >= 1, 5, "a call")
    with Connection(server.admin) as connection:
        text = connection.exchange(request("GET", "/metrics", "localhost")).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    for family in families.values():
        assert family.documentation, family
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples), family
        if family.type == "histogram":
            by_labels = {}
            for sample in family.samples:
                labels = tuple(sorted((key, value) for key, value in sample.labels.items() if key != "le"))
                by_labels.setdefault(labels, {}).setdefault(sample.name.removeprefix(family.name), []).append(sample)
            for samples in by_labels.values():
                buckets = [sample.value for sample in samples["_bucket"]]
                assert buckets == sorted(buckets) and samples["_bucket"][-1].labels["le"] == "+Inf", family.name
                assert samples["_count"][0].value == buckets[-1] and (samples["_sum"][0].value > 0) == (buckets[-1] > 0), family.name
    info = families["faasta_build_info"].samples[0]
    assert info.value == 1 and info.labels["version"] == "0.1.0" and info.labels["engine"].startswith("wasmtime"), info
    figures = {sample.name: sample.value for name, family in families.items() if name.startswith("process_") for sample in family.samples}
    assert abs(figures["process_start_time_seconds"] - time.time()) < 3600 and 0 < figures["process_cpu_seconds_total"] < 3600, figures
    assert abs(figures["process_resident_memory_bytes"] - server.memory()) < server.memory(), figures
    assert abs(figures["process_open_fds"] - server.descriptors()) < 20 and figures["process_max_fds"] >= figures["process_open_fds"], figures
    assert figures["process_virtual_memory_bytes"] > figures["process_resident_memory_bytes"] and figures["process_threads"] > 3, figures


def test_refused_calls_are_not_calls_of_the_guest(server):
    before = server.metrics("mixed")["calls"]
    assert server.call("mixed--v9").status == 404 and server.call("nothere").status == 404
    assert server.metrics("mixed")["calls"] == before


def test_prometheus(server):
    figures = server.prometheus()
    names = {name.split("{")[0] for name in figures}
    assert all(name.startswith(("faasta_", "process_")) for name in names), names
    assert server.running_calls() == 0
    calls = sum(value for name, value in figures.items() if name.split("{")[0] == "faasta_calls_total")
    for _ in range(5):
        server.call("mixed", "/early")
    eventually(lambda: sum(value for name, value in server.prometheus().items() if name.split("{")[0] == "faasta_calls_total") == calls + 5, 5, "five more calls")


def test_prometheus_text_is_well_formed(server):
    import re

    from support.http1 import Connection, request
    with Connection(server.admin) as connection:
        answer = connection.exchange(request("GET", "/metrics", "localhost"))
    assert answer.header("content-type").startswith("text/plain; version=0.0.4"), answer.headers
    typed, seen = {}, set()
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in typed
            typed[name] = kind
        elif not line.startswith("#"):
            found = re.fullmatch(r'([a-z_:][a-z0-9_:]*)(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+naif-]+', line, re.IGNORECASE)
            assert found and line.rsplit(" ", 1)[0] not in seen, line
            seen.add(line.rsplit(" ", 1)[0])
            family = re.sub(r"_(bucket|sum|count)$", "", found[1])
            assert found[1] in typed or family in typed, f"{found[1]} has no type"


@pytest.mark.parametrize("target, status", [("/", 404), ("/nothing", 404), ("/v1/functions", 404)])
def test_the_admin_listener_has_nothing_else(server, target, status):
    from support.http1 import Connection, request
    with Connection(server.admin) as connection:
        assert connection.exchange(request("GET", target, "localhost")).status == status
