"""Counts are exact: every call once, by status and by failure; here and on the admin listener."""
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
            found = re.fullmatch(r'([a-z_:]+)(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+naif-]+', line, re.IGNORECASE)
            assert found and line.rsplit(" ", 1)[0] not in seen, line
            seen.add(line.rsplit(" ", 1)[0])
            family = re.sub(r"_(bucket|sum|count)$", "", found[1])
            assert found[1] in typed or family in typed, f"{found[1]} has no type"


@pytest.mark.parametrize("target, status", [("/", 404), ("/nothing", 404), ("/v1/functions", 404)])
def test_the_admin_listener_has_nothing_else(server, target, status):
    from support.http1 import Connection, request
    with Connection(server.admin) as connection:
        assert connection.exchange(request("GET", target, "localhost")).status == status
