"""Releases: versions that are not live, aliases, promote, the lock, what differs between versions."""
import json

import pytest

from support.guests import guest_file, version_guest
from support.people import Person
from support.waiting import eventually


@pytest.fixture
def project(signed_in, server):
    """A project with one deployed version; `deploy(N)` deploys version_guest(N)."""
    folder = signed_in.home / "released"
    folder.mkdir()
    (folder / "faasta.toml").write_text('name = "released"\n[build]\ncommand = "true"\nartifact = "out.wasm"\n')

    def run(*words, **more):
        return signed_in.run(*words, cwd=folder, **more)

    def deploy(number, *words):
        (folder / "out.wasm").write_bytes(version_guest(number))
        return run("deploy", *words)
    run.deploy = deploy
    run.settings = folder / "faasta.toml"
    deploy(1).ok()
    yield run
    run("unlock").ok()
    run("delete", "-y").ok()


def body(server, name):
    answer = server.call(name)
    return answer.body if answer.status == 200 else answer.status


def test_a_version_that_is_not_live_has_addresses_of_its_own(project, server):
    live, preview = body(server, "released"), project.deploy(2, "--no-activate", "--alias", "pr-12").ok()
    assert preview.out.strip() == f"http://released--pr-12.localhost:{server.address[1]}/", preview
    assert "not live" in preview.err and "faasta promote 2 released" in preview.err
    assert body(server, "released") == live and body(server, "released--pr-12") == body(server, "released--v2") != live
    assert body(server, "released--pr-13") == 404
    assert "pr-12" in project("versions").ok().out
    project("promote", "pr-12").ok()
    assert body(server, "released") == body(server, "released--v2")
    project("rollback").ok()
    assert body(server, "released") == live


def test_a_private_preview_asks_for_a_token_of_its_owner(project, server):
    (project.settings.parent / "out.wasm").write_bytes(guest_file("log").read_bytes())
    project.settings.write_text(project.settings.read_text() + '[previews]\naccess = "token"\n')
    project("deploy", "--no-activate", "--alias", "secret").ok()
    for label in ("secret", "v2"):
        refused = server.call(f"released--{label}", "/head")
        assert (refused.status, refused.code) == (401, "F0203") and refused.header("www-authenticate"), refused
        assert server.call(f"released--{label}", "/head", headers=["authorization: Bearer faa_wrong"]).status == 401
        assert server.call(f"released--{label}", "/head", headers=[f"authorization: Bearer {server.token}"]).status == 200
        project("invoke", "/head", "--alias" if label == "secret" else "--version", label.removeprefix("v")).ok()
    stranger = [f"authorization: Bearer {Person(server, 'released-stranger').token}"]
    hidden, nothing = (server.call(f"released--{label}", "/head", headers=stranger) for label in ("secret", "nothing"))
    assert hidden.status == 404 and hidden.json() | {"request_id": 0} == json.loads(nothing.text.replace("'nothing'", "'secret'")) | {"request_id": 0}, (hidden, nothing)
    assert server.call("released").status == 200, "the live version is for all"
    project("promote", "2").ok()
    assert server.call("released").status == 200
    lines = eventually(lambda: [line["text"] for line in server.logs("released") if line["kind"] == "stdout"], 10, "the lines of the calls")
    assert lines and not [line for line in lines if "authorization" in line or server.token in line], "the guest gets no token"
    both = server.call("released--v2", "/head", headers=[f"faasta-token: {server.token}", "authorization: Bearer for-the-function"])
    assert both.status == 200, both
    lines = eventually(lambda: [line["text"] for line in server.logs("released") if "authorization" in line.get("text", "")], 10, "the field for the function")
    assert "for-the-function" in lines[0] and server.token not in lines[0]
    assert json.loads(project("status", "--json").ok().out)["preview_access"] == "token"
    project.settings.write_text(project.settings.read_text().replace('"token"', '"secret"'))
    project("deploy").fails(1, "F0703", '`previews.access` must be "public" or "token"')
    project.settings.write_text(project.settings.read_text().replace('"secret"', '"public"'))


def test_invoke_repeats_a_request(project, server):
    shown = project("invoke", "--repeat", "20", "--at-once", "4").ok().out
    assert "20 requests in" in shown and "20 times status 200" in shown, shown
    counted = json.loads(project("invoke", "/", "--repeat", "5", "--json").ok().out)
    assert (counted["requests"], counted["failures"], counted["statuses"]) == (5, 0, {"200": 5}) and 0 < counted["p50_ms"] <= counted["longest_ms"]
    assert project("invoke", "--alias", "nothere", "--repeat", "3", "--fail").exit == 1
    project("invoke", "--at-once", "4").fails(2, "F0701")


def test_a_first_version_cannot_be_a_preview(project, server, signed_in):
    project.settings.write_text(project.settings.read_text().replace("released", "another"))
    project("deploy", "--no-activate").fails(4, "F0204", "must become live")
    project.settings.write_text(project.settings.read_text().replace("another", "released"))


def test_an_alias_moves_and_keeps_its_version(project, server):
    project("alias", "set", "stable", "1").ok()
    first = body(server, "released--stable")
    for number in range(2, 15):
        project.deploy(number).ok()
    assert body(server, "released--v2") == 404, "it was dropped"
    assert body(server, "released--stable") == body(server, "released--v1") == first
    project("alias", "set", "stable", "14").ok()
    assert body(server, "released--stable") == body(server, "released")
    assert json.loads(project("alias", "list", "--json").ok().out)["aliases"][0]["version"] == 14
    project("alias", "remove", "stable").ok()
    assert body(server, "released--stable") == 404
    project("alias", "remove", "stable").fails(4, "F1104")
    project("alias", "set", "v2", "14").fails(2, "F1103", "looks like the number")
    project("alias", "set", "stable", "99").fails(4, "F0205")


def test_a_locked_function_keeps_its_live_version(project, server):
    project.deploy(2).ok()
    live = body(server, "released")
    project("lock", "-m", "the fair is on").ok()
    for refused in (project.deploy(3), project("rollback"), project("promote", "1"), project("delete", "-y")):
        refused.fails(10, "F0222", "the fair is on")
    assert "the fair is on" in project("status").ok().out
    project.deploy(3, "--no-activate", "--alias", "next").ok()
    assert body(server, "released") == live != body(server, "released--next")
    project("unlock").ok()
    project("promote", "next").ok()
    assert body(server, "released") != live


def test_the_plan_of_a_rollback_changes_nothing(project, server):
    project.settings.write_text(project.settings.read_text() + '[limits]\ncpu_ms = 20\n[env]\nCOLOR = "red"\n[allow]\noutbound = ["https://api.example.com"]\n')
    project.deploy(2, "--allow-new").ok()
    plan = project("rollback", "--plan").ok()
    for line in ("from version 2 to version 1: another component", "- [allow] outbound https://api.example.com", "- variable COLOR", "~ limit cpu_ms from 20 to "):
        assert line in plan.out, plan
    assert "secrets, domains and aliases stay" in plan.err
    assert json.loads(project("status", "--json").ok().out)["version"] == 2
    forward = project("versions", "--diff", "1", "2").ok()
    assert "+ variable COLOR" in forward.out
    assert "no difference" in project("versions", "--diff", "2", "2").ok().out
