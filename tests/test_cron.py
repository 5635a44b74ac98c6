"""Cron jobs: requests of the server itself at the ticks of a schedule, once, also over restarts."""
import json
import sqlite3
import time

import pytest

from support.guests import guest_file, version_guest
from support.waiting import eventually

FORM = ["content-type: multipart/form-data; boundary=B"]


@pytest.fixture
def server(make_server):
    return make_server(config={"limits": {"cron_cpu_ms": 300, "cron_timeout_ms": 1500, "cpu_ms": 50}})


def deploy(server, jobs, component=None, query=""):
    part = b"--B\r\ncontent-disposition: form-data; name="
    settings = json.dumps({"cron": jobs}).encode()
    bytes_ = component or guest_file("log").read_bytes()
    body = part + b"settings\r\n\r\n" + settings + b"\r\n" + part + b"component\r\n\r\n" + bytes_ + b"\r\n--B--\r\n"
    return server.api("POST", f"/v1/functions/planned/versions?verify=false{query}", body, FORM)


def job(**more):
    return {"name": "tick", "schedule": "* * * * *", **more}


def shown(server):
    answer = server.api("GET", "/v1/functions/planned/cron")
    assert answer.status == 200, answer
    return answer.json()["jobs"]


def run(server, **more):
    return server.api("POST", "/v1/functions/planned/cron/run", json.dumps({"job": "tick", **more}).encode())


def written(server, kind="stdout"):
    return [line["text"] for line in server.logs("planned") if line["kind"] == kind]


def turn_back(server, seconds):
    """The last tick that a server took is that much older: as if no server had been there since."""
    with sqlite3.connect(server.data / "faasta.db") as database:
        database.execute("UPDATE cron_run SET tick = tick - ?", (seconds * 1000,))


def test_the_guest_gets_an_ordinary_request(server):
    assert deploy(server, [job(path="/head?x=1", method="PUT")]).status == 201
    answer = run(server, scheduled_at="2026-11-30T10:00:00Z").json()
    assert (answer["job"], answer["status"], answer["failed"], answer["scheduled_at"]) == ("tick", 200, False, "2026-11-30T10:00:00.000Z"), answer
    lines = eventually(lambda: written(server), 10, "the lines of the call")
    assert lines[0] == "Method::Put /head?x=1"
    assert {"x-faasta-cron: tick", "x-faasta-scheduled: 2026-11-30T10:00:00.000Z", "user-agent: faasta-cron"} <= set(lines), lines
    assert f"x-forwarded-host: planned.localhost:{server.address[1]}" in lines
    assert server.metrics("planned")["calls"] == 1


def test_no_client_can_look_like_the_scheduler(server):
    assert deploy(server, [job(path="/head")]).status == 201
    assert server.call("planned", "/head", headers=["x-faasta-cron: tick", "X-FAASTA-Scheduled: now", "x_faasta_cron: tick"]).status == 200
    lines = eventually(lambda: written(server), 10, "the lines of the call")
    assert not [line for line in lines if "faasta" in line.lower()], lines


def test_a_tick_is_run_once_over_a_restart(server):
    assert deploy(server, [job(path="/head")]).status == 201
    assert "last" not in shown(server)[0]
    server.stop()
    turn_back(server, 60)
    server.start()
    last = eventually(lambda: shown(server)[0].get("last", {}).get("ended_at") and shown(server)[0]["last"], 75, "the end of the run")
    assert (last["status"], last["attempts"], last["failed"]) == (200, 1, False), last
    assert shown(server)[0]["missed"] == 0

    def ticks():
        return [line for line in written(server) if line.startswith("x-faasta-scheduled")]
    eventually(ticks, 10, "the lines of the run")
    server.kill()
    server.start()
    assert len(ticks()) == len(set(ticks())) >= 1, ticks()


def test_missed_ticks_are_told_and_one_is_caught_up(server):
    far = (time.gmtime().tm_hour + 12) % 24        # the last tick was hours ago
    for catch_up in (False, True):
        assert deploy(server, [{"name": f"job-{catch_up}".lower(), "schedule": f"0 {far} * * *", "catch_up": catch_up}]).status == 201
        eventually(lambda: "missed" in shown(server)[0], 10, "the record of the job")
        server.stop()
        turn_back(server, 3 * 24 * 3600)
        server.start()
        missed = 2 if catch_up else 3
        eventually(lambda: shown(server)[0]["missed"] == missed, 20, "the missed ticks")
        eventually(lambda: [line for line in written(server, "platform") if f"{missed} ticks were missed" in line], 10, "a line in the log")
        assert ("last" in shown(server)[0]) == catch_up


def test_a_failed_run_is_tried_again_and_told(server):
    assert deploy(server, [job(path="/head?status=500", retries=1)]).status == 201
    server.stop()
    turn_back(server, 60)
    server.start()
    last = eventually(lambda: shown(server)[0].get("last", {}).get("ended_at") and shown(server)[0]["last"], 80, "the end of the run")
    assert (last["status"], last["attempts"], last["failed"]) == (500, 2, True), last
    eventually(lambda: [line for line in written(server, "platform") if "the answer had the status 500 (attempt 2 of 2)" in line], 10, "a line in the log")


def test_the_limits_of_cron_requests(server):
    assert deploy(server, [job(path="/ms/200")], guest_file("spin").read_bytes()).status == 201
    assert server.call("planned", "/ms/200").code == "F0505", "more than cpu_ms"
    assert run(server).json()["status"] == 200
    assert deploy(server, [job(path="/ms/600")], guest_file("spin").read_bytes()).status == 201
    assert (run(server).json()["status"], run(server).json()["failed"]) == (503, True), "more than cron_cpu_ms"
    assert deploy(server, [job(path="/?ms=1000"), {"name": "long", "schedule": "@daily", "path": "/?ms=60000"}], guest_file("sleep").read_bytes()).status == 201
    assert run(server).json()["status"] == 200
    assert run(server, job="long").json()["status"] == 504, "more than cron_timeout_ms"


def test_a_rollback_brings_the_jobs_back(server):
    assert deploy(server, [job()], version_guest(1)).status == 201
    assert deploy(server, [], version_guest(2)).status == 201
    assert shown(server) == []
    difference = server.api("GET", "/v1/functions/planned/difference?from=v1&to=v2").json()
    assert difference["cron"] == {"added": [], "removed": ["tick"], "changed": []}
    server.rollback("planned")
    assert [one["name"] for one in shown(server)] == ["tick"]
    assert server.api("GET", "/v1/functions/planned").json()["cron"][0]["schedule"] == "* * * * *"


@pytest.mark.parametrize("jobs, detail", [
    ([job(schedule="* * *")], "has 3 fields"), ([job(schedule="61 * * * *")], "minute: '61'"), ([job(), job()], "two cron jobs"),
    ([job(name=f"j{letter}") for letter in "abcdef"], "more than 5"), ([job(retries=9)], "'retries'"), ("x", "'cron' is no list"),
])
def test_wrong_jobs_are_refused(server, jobs, detail):
    refused = deploy(server, jobs)
    assert (refused.status, refused.code) == (400, "F1105") and detail in refused.json()["detail"], refused


def test_wrong_requests_are_refused(server):
    assert deploy(server, [job()]).status == 201
    assert run(server, job="tock").code == "F1106"
    assert run(server, scheduled_at="noon").code == run(server, job=5).code == run(server, job="").code
    assert run(server, more=1).status == 400
    assert server.api("GET", "/v1/functions/nothere/cron").code == "F0204"


def test_the_command_line(signed_in, server):
    folder = signed_in.home / "planned"
    folder.mkdir()
    (folder / "out.wasm").write_bytes(guest_file("log").read_bytes())
    project = folder / "faasta.toml"
    base = 'name = "by-hand"\n[build]\ncommand = "true"\nartifact = "out.wasm"\n'
    project.write_text(base)

    def faasta(*words):
        return signed_in.run(*words, cwd=folder)
    faasta("deploy").ok()
    assert "no cron jobs" in faasta("cron", "list").ok().err
    for text, message in (("[cron]\n", "`cron` must be tables"), ('[[cron]]\nname = "a"\n', "faasta.toml:5:1: `cron`: 'a': '' has 0 fields"),
                          ('[[cron]]\nname = "a"\nschedule = "@daily"\nretry = 1\n', "`cron`: 'retry' of a cron job")):
        project.write_text(base + text)
        faasta("deploy").fails(1, "F0703", message)
    project.write_text(base + '[[cron]]\nname = "night"\nschedule = "30 3 * * *"\npath = "/head?status=503"\n')
    faasta("deploy").ok()
    listed = faasta("cron", "list").ok().out
    assert "night" in listed and "30 3 * * *" in listed and "POST /head?status=503" in listed and "never" in listed, listed
    assert faasta("cron", "run", "night").exit == 8
    assert "status 503" in faasta("cron", "run", "night", "--at", "2026-11-30T03:30:00Z").out
    faasta("cron", "run", "day").fails(4, "F1106")
    assert 'cron' in faasta("config").ok().out
    assert json.loads(faasta("cron", "list", "--json").ok().out)["jobs"][0]["schedule"] == "30 3 * * *"
    faasta("delete", "-y").ok()
