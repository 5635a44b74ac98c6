"""Traces: how the time of one of the last calls was spent."""
import json
import urllib.parse

import pytest

from support.far import Far
from support.guests import guest_file
from support.waiting import eventually


@pytest.fixture
def far():
    with Far() as server:
        yield server


@pytest.fixture
def server(make_server, far):
    server = make_server({"outbound": {"reachable": [far.address]}, "limits": {"cpu_ms": 1000}, "tracing": {"calls": 20}})
    server.deploy("outbound", "outbound", verify=False, outbound=far.origin)
    server.deploy("quick", "hello-wat")
    return server


def trace(server, name, answer=None):
    query = f"?request={answer.header('x-request-id')}" if answer else ""
    return server.api("GET", f"/v1/functions/{name}/trace{query}")


def traced(server, name, answer):
    """The trace of a call. The answer may arrive before the call has ended."""
    return eventually(lambda: (found := trace(server, name, answer)).status == 200 and found, 10, "the trace").json()


def ask(server, url, more=""):
    return server.call("outbound", "/?url=" + urllib.parse.quote(url, safe="") + more)


def test_an_outgoing_call_has_its_time(server, far):
    far.pause = 0.02
    answer = ask(server, far.origin + "/slow")
    assert answer.status == 203, answer
    shown = traced(server, "outbound", answer)
    assert (shown["status"], shown["outcome"], shown["path"], shown["version"]) == (203, "ok", "/", 1), shown
    sent, = shown["sent"]
    assert sent["origin"] == far.origin and sent["status"] == 203
    assert 20_000 <= sent["us"] <= shown["us"] and sent["began_us"] + sent["us"] <= shown["us"] + 1000, shown
    assert sum(shown["phases"].values()) <= shown["us"] + 1000 and shown["phases"]["guest_us"] >= 20_000


def test_many_outgoing_calls_and_a_refused_one(server, far):
    answer = ask(server, far.origin + "/", "&times=20")
    assert len(traced(server, "outbound", answer)["sent"]) == 16
    refused = ask(server, "http://other.example/")
    assert traced(server, "outbound", refused)["sent"] == [], "it was not sent"


def test_only_the_last_calls_have_traces(server):
    first = server.call("quick")
    assert traced(server, "quick", first)["request_id"] == first.header("x-request-id")
    for _ in range(20):
        last = server.call("quick")
    traced(server, "quick", last)
    assert (trace(server, "quick", first).status, trace(server, "quick", first).code) == (404, "F1127")
    newest = trace(server, "quick").json()
    assert newest["request_id"] == last.header("x-request-id") and newest["sent"] == [] and not newest["cold"]
    assert trace(server, "outbound", last).code == "F1127", "it is a call of another function"


def test_a_failed_call_has_a_trace(server):
    server.deploy("trap", guest_file("trap").read_bytes(), verify=False)
    shown = traced(server, "trap", server.call("trap", "/before"))
    assert (shown["status"], shown["outcome"]) == (500, "guest_trap"), shown


def test_without_a_ring_there_are_no_traces(make_server):
    server = make_server({"tracing": {"calls": 0}})
    server.deploy("quick", "hello-wat")
    assert server.call("quick").status == 200
    refused = trace(server, "quick")
    assert refused.code == "F1127" and "[tracing] calls = 0" in refused.json()["detail"], refused


def test_the_command_line(signed_in, server, far):
    answer = ask(server, far.origin + "/")
    traced(server, "outbound", answer)
    for words in ((), ("--request", answer.header("x-request-id"))):
        shown = signed_in.run("trace", "outbound", *words).ok().out
        assert "GET /  status 203" in shown and far.origin in shown and "instantiate" in shown and "#" in shown, shown
    assert json.loads(signed_in.run("trace", "outbound", "--json").ok().out)["sent"][0]["status"] == 203
    signed_in.run("trace", "outbound", "--request", "nothere").fails(4, "F1127")


def test_invoke_shows_where_the_time_of_its_call_went(signed_in, server, far):
    target = "/?url=" + urllib.parse.quote(far.origin + "/", safe="")
    done = signed_in.run("invoke", "outbound", target, "--timing").ok()
    assert "instantiate" in done.err and far.origin in done.err and "#" in done.err, done
    shown = json.loads(signed_in.run("invoke", "outbound", target, "--timing", "--json").ok().out)
    assert shown["trace"]["request_id"] == dict(shown["headers"])["x-request-id"] and shown["trace"]["sent"][0]["status"] == 203, shown


def test_without_a_token_invoke_timing_sends_no_request(cli, server):
    last = traced(server, "quick", server.call("quick"))
    cli.server = server
    cli.run("invoke", "quick", "--timing").fails(3, "F0203")
    assert trace(server, "quick").json() == last
