"""Rollouts: a share of the calls, stages, an abort by the server itself, restarts and crashes in each stage."""
import json
import re
import signal
import threading
import time

import pytest

from support.guests import guest_file
from support.http1 import Connection, request
from support.server import BINARIES
from support.waiting import LONG, eventually

PLAN = {"stages": [{"percent": 10, "for_s": 3600}, {"percent": 50, "for_s": 3600}, {"percent": 100}]}
FORM = ["content-type: multipart/form-data; boundary=B"]


@pytest.fixture
def server(make_server):
    """A server for one test alone, with version 1 of `shared` live."""
    server = make_server(config={"server": {"requests_per_second_per_client": 0}})
    deploy(server)
    return server


def deploy(server, query="", fail_percent=0):
    part = b"--B\r\ncontent-disposition: form-data; name="
    settings = json.dumps({"env": {"FAIL_PERCENT": str(fail_percent), "QUERY": query}}).encode()
    body = part + b"settings\r\n\r\n" + settings + b"\r\n" + part + b"component\r\n\r\n" + guest_file("flaky").read_bytes() + b"\r\n--B--\r\n"
    answer = server.api("POST", f"/v1/functions/shared/versions?verify=false{query}", body, FORM)
    assert answer.status == 201, answer
    return answer.json()["version"]


def begin(server, plan=PLAN, **more):
    answer = server.api("POST", "/v1/functions/shared/rollout", json.dumps({"version": 2, **plan, **more}).encode())
    assert answer.status == 201, answer
    return answer.json()


def rollout(server):
    return server.api("GET", "/v1/functions/shared/rollout").json()


def step(server, name):
    answer = server.api("POST", f"/v1/functions/shared/rollout/{name}")
    assert answer.status == 200, answer
    return answer.json()


def versions(server, count, fields=()):
    """The versions that answer `count` requests."""
    seen = []
    with server.connect() as connection:
        for number in range(count):
            answer = connection.exchange(request("GET", "/", "shared.localhost", [field.format(number=number) for field in fields]))
            seen.append(int(answer.body) if answer.status in (200, 500) and answer.body.isdigit() else answer)
    return seen


def test_a_share_of_the_calls_goes_to_the_new_version(server):
    deploy(server, "&activate=false")
    assert set(versions(server, 50)) == {1}
    begin(server, {"stages": [{"percent": 25, "for_s": 3600}, {"percent": 100}]})
    share = versions(server, 10_000).count(2) / 100
    assert 24 <= share <= 26, share
    assert set(versions(server, 20, ["cookie: sid={number}"])) <= {1, 2}
    shown = rollout(server)
    assert (shown["state"], shown["stage"], shown["percent"], shown["live_version"], shown["version"]) == ("running", 1, 25, 1, 2)
    assert abs(shown["calls"]["calls"] - 100 * share) <= 20 and shown["live_calls"]["calls"] + shown["calls"]["calls"] == 10_020


def test_a_key_keeps_a_client_at_its_version(server):
    deploy(server, "&activate=false")
    begin(server, {"stages": [{"percent": 50, "for_s": 3600}, {"percent": 100}]}, sticky="cookie:sid")
    by_client = [versions(server, 4, [f"cookie: a=b; sid={client}"]) for client in range(100)]
    assert all(len(set(seen)) == 1 for seen in by_client)
    assert 30 <= sum(seen[0] == 2 for seen in by_client) <= 70
    step(server, "abort")
    assert set(versions(server, 20)) == {1}


def test_a_person_steers_it(server):
    deploy(server, "&activate=false")
    begin(server)
    assert step(server, "pause")["state"] == "paused" and step(server, "resume")["state"] == "running"
    refused = server.api("POST", "/v1/functions/shared/rollback", b'{"version":2}')
    assert refused.status == 409 and refused.json()["code"] == "F1101", refused
    assert step(server, "promote")["state"] == "promoted"
    assert set(versions(server, 20)) == {2}
    gone = server.api("POST", "/v1/functions/shared/rollout/abort")
    assert gone.status == 404 and gone.json()["code"] == "F1102", gone


class Load:
    """Requests without pause on kept connections, until the end of a `with` block: (time, version, failed) of each."""

    def __init__(self, server, threads=2):
        self.server, self.stop, self.seen = server, threading.Event(), []
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]

    def run(self):
        while not self.stop.is_set():       # a server that is replaced announces the end of its connections
            with Connection(self.server.address, 30) as connection:
                closes = False
                while not closes and not self.stop.is_set():
                    answer = connection.exchange(request("GET", "/", "shared.localhost"))
                    self.seen.append((time.monotonic(), int(answer.body), answer.status == 500))
                    closes = answer.header("connection", "") == "close"

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def test_a_version_that_fails_is_taken_back(server):
    """5 of 100 calls of the new version fail: the rollout ends within a second after its 100th call."""
    deploy(server, "&activate=false", fail_percent=5)
    with Load(server) as load:
        eventually(lambda: len(load.seen) > 200, 20, "calls")
        begin(server, {"stages": [{"percent": 50, "for_s": 3600}, {"percent": 100}]}, abort={"errors_percent": 1, "min_calls": 100})
        eventually(lambda: rollout(server)["state"] == "aborted", 30, "the abort")
        count = len(load.seen)
        eventually(lambda: len(load.seen) > count + 500, 20, "calls after the abort")
    times = [at for at, version, _ in load.seen if version == 2]
    assert times[-1] - times[99] < 1 + 0.3, "the abort came late"        # the look each 200 ms, and the commit
    assert set(version for _, version, _ in load.seen[-400:]) == {1}
    assert re.search(r"\d\.\d\d% of its \d+ calls failed, and 0.00% of \d+ calls of the live version", rollout(server)["reason"])
    log = [json.loads(line) for line in server.log_file.read_text().splitlines() if "rollout_aborted" in line]
    assert log and log[0]["function"] == "shared"
    assert server.api("GET", "/v1/functions/shared").json()["version"] == 1


def test_it_goes_through_its_stages_alone(server):
    deploy(server, "&activate=false")
    begin(server, {"stages": [{"percent": 10, "for_s": 1}, {"percent": 50, "for_s": 1}, {"percent": 100}]})
    with Load(server):
        eventually(lambda: rollout(server)["stage"] == 2, 10, "the second stage")
        assert rollout(server)["percent"] == 50
        eventually(lambda: rollout(server)["state"] == "promoted", 10, "the end")
    assert set(versions(server, 20)) == {2}


@pytest.mark.parametrize("stage", [1, 2], ids="stage {}".format)
def test_a_crash_leaves_it_in_its_stage(server, stage):
    deploy(server, "&activate=false")
    plan = {"stages": [{"percent": 30, "for_s": 3600}, {"percent": 60, "for_s": 3600}, {"percent": 100}]}
    if stage == 2:
        plan["stages"][0]["for_s"] = 1
    begin(server, plan)
    with Load(server, 1):
        eventually(lambda: rollout(server)["stage"] == stage, 10, "the stage")
    server.kill()
    server.start()
    shown = rollout(server)
    assert (shown["state"], shown["stage"], shown["live_version"]) == ("running", stage, 1)
    share = versions(server, 1000).count(2) / 10
    assert abs(share - 30 * stage) < 8, share
    step(server, "promote")
    server.kill()
    server.start()
    assert set(versions(server, 20)) == {2} and rollout(server)["state"] == "promoted"


def test_a_reload_keeps_the_rollout(make_server):
    server = make_server(config={"server": {"requests_per_second_per_client": 0}})
    server.stop()
    server.program = [BINARIES / "faasta-supervisor", BINARIES / "faastad"]
    server.start()
    deploy(server)
    deploy(server, "&activate=false")
    begin(server, {"stages": [{"percent": 50, "for_s": 2}, {"percent": 100}]})
    with Load(server) as load:
        before = server.log_file.read_text().count('"event":"server_serves"')
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: server.log_file.read_text().count('"event":"server_serves"') > before, 60, "a new server")
        eventually(lambda: rollout(server)["state"] == "promoted", 30, "the end")
        eventually(lambda: load.seen and load.seen[-1][1] == 2, 10, "the new version")
    assert not any(failed for *_, failed in load.seen)


@pytest.mark.skipif(not LONG, reason="kill -9 at 20 moments: FAASTA_LONG=1")
def test_a_crash_at_any_moment_leaves_one_live_version(server):
    deploy(server, "&activate=false")
    for moment in range(20):
        if rollout(server).get("state") not in ("running", "paused"):
            live = server.api("GET", "/v1/functions/shared").json()["version"]
            begin(server, {"stages": [{"percent": 30, "for_s": 1}, {"percent": 60, "for_s": 1}, {"percent": 100}]}, version=3 - live)
        time.sleep(0.15 * moment)       # the moment of the crash, which is what the test tries
        server.kill()
        server.start()
        shown, live = rollout(server), server.api("GET", "/v1/functions/shared").json()["version"]
        seen = set(versions(server, 100))
        assert seen == {1, 2} if shown["state"] == "running" else seen == {live}, (shown, seen)


def test_one_client_cannot_end_it(server):
    """Requests that the server refuses before the guest runs say nothing about the version."""
    deploy(server, "&activate=false")
    begin(server, {"stages": [{"percent": 50, "for_s": 3600}, {"percent": 100}]}, sticky="cookie:sid")
    client = next(number for number in range(100) if versions(server, 1, [f"cookie: sid={number}"]) == [2])
    with server.connect() as connection:
        for _ in range(150):
            answer = connection.exchange(request("POST", "/", "shared.localhost", [f"cookie: sid={client}", f"content-length: {1 << 40}"]))
            assert answer.status == 413, answer
            connection.close()
            connection = server.connect()
    assert rollout(server)["state"] == "running" and rollout(server)["calls"]["errors"] == 0


def test_the_command_line(server, cli):
    url = f"http://api.localhost:{server.address[1]}"
    cli.run("--server", url, "login", "--with-token", stdin=server.token).ok()
    project = cli.home / "shared"
    project.mkdir()
    settings = 'name = "shared"\n[build]\ncommand = "true"\nartifact = "out.wasm"\n[env]\n'
    (project / "out.wasm").write_bytes(guest_file("flaky").read_bytes())

    def run(*words):
        return cli.run("--server", url, *words, cwd=project)
    (project / "faasta.toml").write_text(settings + 'FAIL_PERCENT = "50"\n')
    run("deploy", "--rollout", "5%").fails(2, "F1124", "100%")
    run("deploy", "--rollout", "5%:2m,100%", "--abort", "errors").fails(2, "F1124", "'errors'")
    run("deploy", "--rollout", "5%:2m,100%", "--sticky", "x").fails(2, "F1124", "sticky")
    run("lock", "-m", "a fair").ok()
    run("deploy", "--rollout", "5%:2m,100%").fails(10, "F0222", "a fair")
    run("unlock").ok()
    begun = run("deploy", "--rollout", "50%:1h,100%", "--abort", "errors>1%,calls>=20").ok()
    assert "gets 50% of the calls" in begun.err, begun
    assert "stage 1 of 2, running" in run("rollout", "status").ok().out
    versions(server, 200)
    ended = run("rollout", "status", "--wait")
    assert ended.exit == 8 and "was aborted" in ended.out and "calls failed" in ended.out, ended
    (project / "faasta.toml").write_text(settings + 'FAIL_PERCENT = "1"\n')
    run("deploy", "--rollout", "50%:1h,100%", "--json").ok()
    run("rollout", "pause").ok()
    assert "paused" in run("rollout", "status").ok().out
    assert "is live" in run("rollout", "promote").ok().out
    assert run("rollout", "status", "--wait").exit == 0
    run("rollout", "abort").fails(4, "F1102")
