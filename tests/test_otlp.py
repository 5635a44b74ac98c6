"""Trace context of the W3C, and traces for a collector by OTLP."""
import http.server
import json
import re
import threading
import urllib.parse

import pytest

from support.far import Far
from support.http1 import request
from support.waiting import eventually

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = f"traceparent: 00-{TRACE}-00f067aa0ba902b7-01"


class Collector(http.server.ThreadingHTTPServer):
    """A collector that stores its requests: (path, headers, body)."""
    daemon_threads = True

    def __init__(self, status=200):
        self.seen, self.status = [], status

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                body = handler.rfile.read(int(handler.headers["content-length"]))
                self.seen.append((handler.path, dict(handler.headers.items()), json.loads(body)))
                handler.send_response(self.status)
                handler.send_header("content-length", "2")
                handler.end_headers()
                handler.wfile.write(b"{}")

            def log_message(handler, *_):
                pass
        super().__init__(("127.0.0.1", 0), Handler)

    def spans(self, name=None):
        """The spans so far, of one service or of all."""
        return [span for _, _, body in list(self.seen) for resource in body["resourceSpans"]
                if name is None or resource["resource"]["attributes"][0]["value"]["stringValue"] == name
                for scope in resource["scopeSpans"] for span in scope["spans"]]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def tracing(port, **more):
    return {"otlp_endpoint": f"http://127.0.0.1:{port}", "sampled_percent": 100, **more}


def attributes(span):
    return {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}


@pytest.fixture
def far():
    with Far() as server:
        yield server


@pytest.fixture
def collector():
    with Collector() as server:
        yield server


def test_a_call_and_its_outgoing_request_reach_the_collector(make_server, collector, far):
    server = make_server({"tracing": tracing(collector.server_address[1], otlp_fields=["x-tenant: one"]), "server": {"trusted_proxies": ["127.0.0.1"]},
                          "outbound": {"reachable": [far.address]}, "limits": {"cpu_ms": 1000}})
    server.deploy("outbound", "outbound", verify=False, outbound=far.origin)
    url = urllib.parse.quote(far.origin + "/", safe="")
    answer = server.call("outbound", f"/?url={url}", headers=[GIVEN, "x-forwarded-for: 192.0.2.7"])
    assert answer.status == 203, answer
    call, sent = eventually(lambda: (spans := collector.spans("outbound")) and len(spans) == 2 and spans, 20, "the spans")
    assert (call["traceId"], call["parentSpanId"], call["kind"]) == (TRACE, "00f067aa0ba902b7", 2), call
    assert attributes(call)["http.response.status_code"] == "203" and attributes(call)["url.path"] == "/"
    assert (sent["parentSpanId"], sent["kind"], sent["name"]) == (call["spanId"], 3, far.origin), sent
    assert int(call["startTimeUnixNano"]) <= int(sent["startTimeUnixNano"]) <= int(sent["endTimeUnixNano"]) <= int(call["endTimeUnixNano"]) + 2_000_000
    # The peer sees the call as its parent.
    assert far.heads[-1][1]["traceparent"] == f"00-{TRACE}-{call['spanId']}-01"
    path, headers, _ = collector.seen[0]
    assert path == "/v1/traces" and headers["x-tenant"] == "one" and headers["content-type"] == "application/json"
    # The server counts when it has read the collector's answer.
    eventually(lambda: server.prometheus()["faasta_otlp_sent_total"] >= 1, 10, "the count")


def test_only_a_trusted_proxy_says_which_trace_it_is(make_server, collector):
    server = make_server({"tracing": tracing(collector.server_address[1])})
    server.deploy("echo", "echo")
    seen = json.loads(server.call("echo", "/headers", headers=[GIVEN]).body)
    fields = [value for name, value in fields_of(seen) if name == "traceparent"]
    assert len(fields) == 1 and TRACE not in fields[0] and re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", fields[0]), seen
    span, = eventually(lambda: collector.spans("echo"), 20, "the span")
    assert fields[0].split("-")[1:3] == [span["traceId"], span["spanId"]] and "parentSpanId" not in span


def fields_of(seen):
    fields = seen["headers"] if isinstance(seen, dict) else seen
    return list(fields.items()) if isinstance(fields, dict) else [tuple(pair) for pair in fields]


def test_without_a_collector_the_field_passes(make_server):
    server = make_server()
    server.deploy("echo", "echo")
    seen = json.loads(server.call("echo", "/headers", headers=[GIVEN]).body)
    assert ("traceparent", GIVEN.partition(": ")[2]) in fields_of(seen), seen


def test_a_collector_that_does_not_answer_holds_no_call_up(make_server, collector):
    collector.shutdown()        # it accepts connections, and never answers
    server = make_server({"tracing": tracing(collector.server_address[1])})
    server.deploy("hello", "hello-wat")
    with server.connect() as connection:
        for _ in range(6000):
            assert connection.exchange(request("GET", "/", "hello.localhost")).status == 200
    eventually(lambda: server.prometheus()["faasta_otlp_dropped_total"] > 0, 30, "dropped spans")


def test_a_refused_export_is_told_once(make_server):
    with Collector(status=503) as collector:
        server = make_server({"tracing": tracing(collector.server_address[1])})
        server.deploy("hello", "hello-wat")
        for count in (1, 2):
            assert server.call("hello").status == 200
            eventually(lambda: len(collector.seen) >= count, 20, "an export")
        eventually(lambda: server.prometheus()["faasta_otlp_dropped_total"] == 2, 20, "the count")
        told = [line for line in server.log_lines() if line.get("event") == "traces_not_exported"]
        assert len(told) == 1 and "status 503" in told[0]["cause"], told


@pytest.mark.parametrize("wrong, words", [({"otlp_endpoint": "127.0.0.1:4318"}, "otlp_endpoint"), ({"otlp_fields": ["no colon"]}, "otlp_fields"),
                                          ({"sampled_percent": 101}, "sampled_percent")])
def test_wrong_settings_are_refused(make_server, wrong, words):
    server = make_server({"tracing": wrong}, start=False)
    server.spawn()
    assert server.process.wait(20) != 0
    assert words in server.log_file.read_text()
