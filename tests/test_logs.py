"""The logs of functions: output and ends of calls are kept, can be followed and resumed, and have limits."""
import contextlib
import json
import time

import pytest

from support.http1 import request
from support.log_follower import Follower
from support.waiting import eventually, patient

KINDS = {"stdout", "stderr", "platform", "call", "gap"}


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    for name in ("log", "hello-raw", "trap"):
        server.deploy(name, name, verify=False)


def entries_of(server, name, identity):
    server.logged_call(name, identity)
    return [entry for entry in server.logs(name, tail=5000) if entry.get("request_id") == identity]


def test_a_call_and_its_output(server):
    answer = server.call("log", "/some/path?n=2&bytes=30", headers=["x-request-id: told-1"])
    assert answer.text == "logged\n"
    entries = entries_of(server, "log", "told-1")
    out = "".join(entry["text"] for entry in entries if entry["kind"] == "stdout")
    err = "".join(entry["text"] for entry in entries if entry["kind"] == "stderr")
    assert "out 1 " in out and "out 2 " in out and "err 1 " in err and "err 2 " in err, entries
    call = entries[-1]
    assert call["kind"] == "call" and (call["method"], call["status"], call["outcome"], call["version"]) == ("GET", 200, "ok", 1), call
    assert call["path"].startswith("/some/path") and call["duration_ms"] >= 0 and call["cpu_ms"] >= 0 and isinstance(call["cold"], bool), call
    assert all({"cursor", "time", "kind"} <= set(entry) and entry["kind"] in KINDS for entry in entries), entries


def test_bytes_that_are_no_text(server):
    server.call("log", "/raw", headers=["x-request-id: raw-1"])
    err = "".join(entry["text"] for entry in entries_of(server, "log", "raw-1") if entry["kind"] == "stderr")
    assert "not UTF-8: \ufffd\ufffd" in err and "no newline" in err, err


class TestLongLines:
    """Long lines are cut between two characters, and marked as cut. Empty output makes no entry."""

    @pytest.mark.parametrize("lead, unit, count, pieces", [
        (0, "x", 8191, [8191]), (0, "x", 8192, [8192]), (0, "x", 8193, [8191, 2]), (0, "x", 20_000, [8191, 8191, 3618]),
        (0, "\u20ac", 2730, [2730]), (0, "\u20ac", 2731, [2730, 1]), (1, "\u20ac", 2731, [2731, 1]), (2, "\u20ac", 5000, [2731, 2271]), (0, "\U0001f600", 2049, [2047, 2])])
    def test_cuts(self, server, lead, unit, count, pieces):
        text = "x" * lead + unit * count
        identity = f"cut-{lead}-{ord(unit)}-{count}"
        from urllib.parse import quote
        assert server.call("log", f"/long?lead={lead}&unit={quote(unit)}&n={count}", headers=[f"x-request-id: {identity}"]).status == 200
        entries = [entry for entry in entries_of(server, "log", identity) if entry["kind"] == "stdout"]
        assert [entry["text"] for entry in entries][-1] == "next line", entries[-1]
        line = entries[:-1]
        assert "".join(entry["text"] for entry in line) == text and "\ufffd" not in "".join(entry["text"] for entry in line)
        assert [len(entry["text"]) for entry in line] == pieces, [len(entry["text"]) for entry in line]
        assert [entry.get("continues", False) for entry in line] == [True] * (len(pieces) - 1) + [False]

    def test_output_over_its_limit(self, server):
        """A call keeps 64 KiB. The last character is complete, and the call's entry has the number of dropped bytes."""
        from urllib.parse import quote
        assert server.call("log", f"/long?lead=2&unit={quote(chr(0x20ac))}&n=30000", headers=["x-request-id: over"]).status == 200
        entries = entries_of(server, "log", "over")
        written = "".join(entry["text"] for entry in entries if entry["kind"] == "stdout")
        assert written == "xx" + "\u20ac" * 21_844, (len(written), written[-3:])
        assert entries[-1]["lost_bytes"] == 2 + 3 * 30_000 + 1 + len("next line\n") - (2 + 3 * 21_844), entries[-1]

    def test_paths(self, server):
        server.call("log", "/" + "p" * 600, headers=["x-request-id: path-cut"])
        server.call("log", "/" + "p" * 511, headers=["x-request-id: path-whole"])
        assert server.logged_call("log", "path-cut")["path"] == "/" + "p" * 511 + "\u2026"
        assert server.logged_call("log", "path-whole")["path"] == "/" + "p" * 511


@pytest.mark.parametrize("target", ["/%0a%0d%1b[31m", "/\"quoted\"", "/" + "a" * 9000, "/?" + "b" * 9000])
def test_hostile_targets_stay_one_line(server, target):
    answer = server.call("log", target, headers=["user-agent: \"}\\n{\x09"])
    call = server.logged_call("log", answer.header("x-request-id"))
    assert len(json.dumps(call)) < 20_000
    server.log_lines()          # checks that each line is JSON


def test_tail_and_cursor(server):
    for n in range(20):
        server.call("hello-raw", f"/{n}", headers=[f"x-request-id: tail-{n}"])
    server.logged_call("hello-raw", "tail-19")
    everything = server.logs("hello-raw", tail=1000)
    assert len(server.logs("hello-raw", tail=5)) == 5 and server.logs("hello-raw", tail=5) == everything[-5:]
    cursors = [entry["cursor"] for entry in everything]
    assert len(set(cursors)) == len(cursors)
    middle = everything[len(everything) // 2]
    assert server.logs("hello-raw", cursor=middle["cursor"]) == everything[len(everything) // 2 + 1:]
    assert server.logs("hello-raw", cursor=everything[-1]["cursor"]) == []
    since = [entry for entry in server.logs("hello-raw", since=middle["time"], tail=1000)]
    assert since == [entry for entry in everything if entry["time"] >= middle["time"]], (len(since), middle)


@pytest.mark.parametrize("query", ["tail=abc", "tail=-1", "cursor=abc", "cursor=-1", "since=yesterday", "unknown=1"])
def test_queries_that_are_wrong(server, query):
    answer = server.api("GET", f"/v1/functions/log/logs?{query}")
    assert answer.status == 400 and answer.code in ("F0101", "F0104"), answer


def test_filters(server):
    """One call of many: the filter is applied before the entries are counted."""
    server.deploy("mixed", "spin", verify=False)
    assert server.call("mixed", "/?of=one", "POST", headers=["x-request-id: odd-1", "content-length: 0"]).status == 503
    for n in range(30):
        assert server.call("mixed", "/ms/1", headers=[f"x-request-id: even-{n}"]).status == 200
    server.logged_call("mixed", "even-29")

    def requests(**query):
        return [entry["request_id"] for entry in server.logs("mixed", **query) if entry["kind"] == "call"]
    for query in ({"status": "5xx"}, {"status": 503, "tail": 1}, {"method": "POST"}, {"path": "/"}, {"request": "odd-1"}, {"trap": "any"}, {"trap": "cpu_limit"},
                  {"slower_ms": 40, "status": 503}, {"status": "503", "slower_ms": 0, "version": 1, "kind": "call"}):
        assert requests(**query) == ["odd-1"], query
    # Calls on different loops may be logged in another order than that of the client.
    assert requests(status="2xx", tail=3) == requests(path="/m*/1", tail=1000)[-3:]
    assert len(requests(path="/m*/1", tail=1000)) == 30 and requests(version=2) == [] and requests(trap="guest_trap") == []
    assert len(requests(cold="true", tail=1000)) + len(requests(cold="false", tail=1000)) == 31


def test_a_stream_with_filters(server):
    server.deploy("mixed-stream", "spin", verify=False)
    with contextlib.closing(Follower(server, "mixed-stream", "?tail=0&status=503")) as follower:
        for n in range(5):
            server.call("mixed-stream", "/ms/1")
            server.call("mixed-stream", "/", headers=[f"x-request-id: only-{n}"])
        last, _ = follower.until(is_call("only-4"))
        assert [entry["request_id"] for _, entry in follower.events] == [f"only-{n}" for n in range(5)]
    server.call("mixed-stream", "/ms/1")
    server.call("mixed-stream", "/", headers=["x-request-id: later"])
    with contextlib.closing(Follower(server, "mixed-stream", "?status=503", [f"last-event-id: {last}"])) as again:
        again.until(is_call("later"))
        assert [entry["request_id"] for _, entry in again.events] == ["later"]


@pytest.mark.parametrize("words, chosen", [
    (["--status", "503"], ["odd"]), (["--status", "503", "--status", "2xx"], ["odd", "even"]), (["--method", "POST"], ["odd"]), (["--path", "/ms/*"], ["even"]), (["--request", "odd"], ["odd"]),
    (["--trap", "any"], ["odd"]), (["--slower-ms", "60000"], []), (["--version", "1", "--kind", "call"], ["odd", "even"]), (["--version", "2"], []), (["--kind", "stderr"], []), (["--text", "nothing"], [])])
def test_filters_of_the_command(signed_in, server, words, chosen):
    if "mixed-cli" not in server.api("GET", "/v1/functions").text:
        server.deploy("mixed-cli", "spin", verify=False)
        server.call("mixed-cli", "/", "POST", headers=["x-request-id: odd", "content-length: 0"])
        server.call("mixed-cli", "/ms/1", headers=["x-request-id: even"])
        server.logged_call("mixed-cli", "even")
    shown = signed_in.run("logs", "mixed-cli", *words, "--json").ok().lines()
    assert list(dict.fromkeys(entry["request_id"] for entry in shown)) == chosen


def is_call(identity):
    return lambda entry: entry["kind"] == "call" and entry["request_id"] == identity


def test_follow(server):
    follower = Follower(server, "log", "?tail=0")
    server.call("log", "/?n=1", headers=["x-request-id: follow-1"])
    follower.until(is_call("follow-1"))
    kinds = [entry["kind"] for _, entry in follower.events if entry.get("request_id") == "follow-1"]
    assert sorted(kinds) == ["call", "stderr", "stdout"] and kinds[-1] == "call", kinds
    follower.close()


def test_follow_is_prompt(server):
    follower = Follower(server, "log", "?tail=0")
    took = []
    for n in range(10):
        server.call("log", headers=[f"x-request-id: prompt-{n}"])
        start = time.monotonic()
        follower.until(is_call(f"prompt-{n}"))
        took.append((time.monotonic() - start) * 1000)
    follower.close()
    assert sorted(took)[5] < patient(500), took


def test_resume_after_a_break(server):
    follower = Follower(server, "log", "?tail=0")
    server.call("log", headers=["x-request-id: resume-1"])
    last, _ = follower.until(is_call("resume-1"))
    assert last is not None
    follower.close()
    for n in range(2, 6):
        server.call("log", headers=[f"x-request-id: resume-{n}"])
        server.logged_call("log", f"resume-{n}")        # an answer is sent before its entry is written
    again = Follower(server, "log", headers=[f"last-event-id: {last}"])
    again.until(is_call("resume-5"))
    calls = [entry["request_id"] for _, entry in again.events if entry["kind"] == "call"]
    assert calls == [f"resume-{n}" for n in range(2, 6)], calls
    assert not [entry for _, entry in again.events if entry["kind"] == "gap"]
    again.close()


def test_empty_lines_without_end_are_not_looked_at(server):
    """When the limit is reached, the rest of the same piece of output is dropped as a whole, without an entry for each
    line."""
    server.deploy("hollow", "log", verify=False)
    lost = lambda: server.metrics("hollow")["log_bytes_lost"]
    eventually(lambda: server.call("hollow", "/empty?n=60000").status == 200 and lost() > 0, 20, "a log that is full")
    before = lost()
    assert server.call("hollow", "/empty?n=60000").status == 200
    eventually(lambda: lost() > before, 10, "the count of the call, which comes after its answer")
    assert lost() - before < 100_000               # entries for all lines would have 8 MB


def test_streams_at_once(server):
    followers = [Follower(server, "log", "?tail=0") for _ in range(32)]
    answer = server.api("GET", "/v1/functions/log/logs?tail=0", headers=["accept: text/event-stream"])
    assert (answer.status, answer.code) == (429, "F0217") and answer.header("retry-after") == "5", answer
    assert server.api("GET", "/v1/functions/log/logs?tail=0").status == 200
    server.call("log", "/?n=1", headers=["x-request-id: streams-1"])
    for follower in followers:
        follower.until(is_call("streams-1"))
        follower.close()

    def again():
        with server.connect() as connection:
            connection.send(request("GET", "/v1/functions/log/logs?tail=0", "api.localhost", [f"authorization: Bearer {server.token}", "accept: text/event-stream"]))
            return connection.read_head().status == 200
    eventually(again, 5, "a stream again")


def test_only_the_head_of_a_stream_ends(server):
    with server.connect() as connection:
        for _ in range(2):
            asked = request("HEAD", "/v1/functions/log/logs", "api.localhost", [f"authorization: Bearer {server.token}", "accept: text/event-stream"])
            answer = connection.send(asked).read_response("HEAD")
            assert answer.status == 200 and answer.header("content-type").startswith("text/event-stream"), answer


def test_gap_and_bound(server):
    """A function writes more than is kept. The oldest lines are dropped, a follower gets the number of missing bytes,
    and the store stays small."""
    server.deploy("chatty", "log", verify=False)
    first = server.call("chatty", "/?n=1", headers=["x-request-id: gap-0"])
    assert first.status == 200
    start = server.logged_call("chatty", "gap-0")["cursor"]
    for n in range(60):
        assert server.call("chatty", "/?n=150&bytes=400").text == "logged\n"
    server.call("chatty", "/?n=1", headers=["x-request-id: gap-end"])
    server.logged_call("chatty", "gap-end")
    follower = Follower(server, "chatty", headers=[f"last-event-id: {start}"])
    follower.until(is_call("gap-end"), 10)
    gaps = [entry for _, entry in follower.events if entry["kind"] == "gap"]
    assert gaps and gaps[0]["missed_bytes"] > 0 and follower.events[0][1]["kind"] == "gap", follower.events[:2]
    follower.close()
    stored = {path.name: path.stat().st_size for path in server.data.glob("logs.db*")}
    assert 0 < stored["logs.db"] < (4 << 20) and stored["logs.db-wal"] < (32 << 20), stored   # the journal belongs to all functions


def test_a_restart_keeps_them(make_server):
    server = make_server()
    server.deploy("log", "log", verify=False)
    server.call("log", headers=["x-request-id: kept-1"])
    server.logged_call("log", "kept-1")
    before = server.logs("log", tail=100)
    server.restart()
    assert server.logs("log", tail=100)[: len(before)] == before
    server.call("log", headers=["x-request-id: kept-2"])
    server.logged_call("log", "kept-2")
    resumed = server.logs("log", cursor=before[-1]["cursor"])
    assert [entry["request_id"] for entry in resumed if entry["kind"] == "call"] == ["kept-2"], resumed


def test_delete_drops_them_and_ends_who_follows(server):
    server.deploy("forgotten", "log", verify=False)
    server.call("forgotten", headers=["x-request-id: secret-1"])
    server.logged_call("forgotten", "secret-1")
    follower = Follower(server, "forgotten", "?tail=0")
    assert server.api("DELETE", "/v1/functions/forgotten").status in (200, 204)
    eventually(lambda: follower.ended, 10, "the end of the stream")
    follower.close()
    server.deploy("forgotten", "log", verify=False)
    assert "secret-1" not in str(server.logs("forgotten", tail=1000))


def test_followers_that_leave_cost_nothing(server):
    before = server.descriptors()
    for _ in range(30):
        Follower(server, "log").close()
    eventually(lambda: server.descriptors() <= before + 1, 10, "the closing of the followers' descriptors")


def test_guest_output_stays_out_of_the_server_log(server):
    server.call("log", "/?n=3&bytes=60", headers=["x-request-id: private-1"])
    server.logged_call("log", "private-1")
    assert "out 1 ......" not in server.log_file.read_text()
    access = eventually(lambda: [line for line in server.log_lines() if line.get("request_id") == "private-1"], 5, "the access log line")
    assert len(access) == 1 and access[0]["status"] == 200, access
    told = server.log_file.read_text() + (server.folder / "server.out").read_text()
    assert told.count(server.token) == 1        # at the first start


def test_all_logs_together_have_a_bound(make_server):
    """Functions that write much lose their oldest lines. The log of a function that writes little stays."""
    server = make_server({"server": {"logs_mb": 1}})
    loud = ("loud-1", "loud-2", "loud-3")
    for name in ("quiet", *loud):
        server.deploy(name, "log", verify=False)
    server.call("quiet", headers=["x-request-id: quiet-1"])
    server.logged_call("quiet", "quiet-1")
    quiet = server.logs("quiet", tail=5000)
    for turn in range(9):                           # about 64 KiB each: less than one function may keep
        for name in loud:
            assert server.call(name, "/long?unit=x&n=60000", headers=[f"x-request-id: {name}-{turn}"]).status == 200
            server.logged_call(name, f"{name}-{turn}")
    eventually(lambda: server.event("function_logs_cut"), 10, "a cut of the logs")
    assert server.logs("quiet", tail=5000) == quiet
    for name in loud:
        kept = [entry["request_id"] for entry in server.logs(name, tail=5000) if entry["kind"] == "call"]
        assert kept and kept == [f"{name}-{turn}" for turn in range(9 - len(kept), 9)] and len(kept) < 9, kept
        assert [entry["kind"] for entry in server.logs(name, cursor=0)][:1] == ["gap"], "whoever reads on is told"
    server.stop()
    assert (server.data / "logs.db").stat().st_size <= 1 << 20
