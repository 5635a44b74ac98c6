"""Signing in on another device. The client polls the server; the server must not poll GitHub too often."""
import pytest

from support.github import BOB
from support.waiting import eventually


GITHUB = True


def start(server):
    answer = server.api("POST", "/v1/login/device", {}, token="none")
    assert answer.status == 200, answer
    return answer.json()


def poll(server, device, **more):
    return server.api("POST", "/v1/login/device/token", {"device_code": device["device_code"], **more}, token="none")


def outcome(server, device, **more):
    """The first answer that does not tell the client to wait."""
    def final():
        answer = poll(server, device, **more)
        return answer if answer.code not in ("F0308", "F0309") else None
    return eventually(final, 15, "an answer")


def first_asked(server, device):
    """The first answer for which the server asked GitHub."""
    return eventually(lambda: (answer := poll(server, device)).code != "F0309" and answer, 15, "an answer of GitHub")


def test_a_code_that_was_entered_leads_to_a_token(github, server):
    github.control(user=BOB, device="approve")
    device = start(server)
    assert device["user_code"] == "WDJB-MJHT" and device["verification_uri"] == f"{github.url}/login/device"
    assert device["interval"] == 1 and device["expires_in"] == 300
    answer = outcome(server, device, name="faasta login on there")
    assert answer.status == 200 and answer.json()["login"] == BOB["login"], answer
    me = server.api("GET", "/v1/me", token=answer.json()["token"]).json()
    assert (me["owner"]["github_id"], me["token"]["name"]) == (BOB["id"], "faasta login on there")


def test_the_code_that_the_client_polls_with_is_not_githubs(github, server):
    device = start(server)
    assert device["device_code"] not in github.secrets()


def test_github_is_polled_once_an_interval_whatever_the_client_does(github, server):
    github.control(interval=2)
    device = start(server)
    answers = []
    eventually(lambda: answers.append(poll(server, device)) or len(github.calls("poll")) == 3, 20, "three polls of GitHub")
    times = [call[1] for call in github.calls("poll")]
    assert all(later - earlier >= 1.9 for earlier, later in zip(times, times[1:])), times
    assert {answer.code for answer in answers} == {"F0308", "F0309"}
    assert len([answer for answer in answers if answer.code == "F0308"]) == 3
    early = next(answer for answer in answers if answer.code == "F0309")
    assert early.status == 429 and early.header("retry-after") in ("1", "2"), early


def test_polling_at_once_is_too_fast(github, server):
    github.control(interval=60)
    answer = poll(server, start(server))
    assert (answer.status, answer.code, answer.header("retry-after")) == (429, "F0309", "60"), answer
    assert not github.calls("poll")


def test_a_github_that_wants_fewer_polls_gets_fewer(github, server):
    github.control(device="slow_down")
    device = start(server)
    eventually(lambda: poll(server, device) and github.calls("poll"), 10, "the first poll of GitHub")
    answer = eventually(lambda: (found := poll(server, device)).header("retry-after") and found, 5, "a time to wait")
    assert answer.code == "F0309" and int(answer.header("retry-after")) in (5, 6), answer


@pytest.mark.parametrize("decision, status, code", [("deny", 403, "F0306"), ("expire", 400, "F0305")])
def test_a_code_that_was_refused_or_expired_is_over(github, server, decision, status, code):
    github.control(device=decision)
    device = start(server)
    answer = outcome(server, device)
    assert (answer.status, answer.code) == (status, code), answer
    github.control(device="approve")
    answer = poll(server, device)
    assert (answer.status, answer.code) == (400, "F0305"), answer


def test_a_code_is_good_once(github, server):
    github.control(device="approve")
    device = start(server)
    assert outcome(server, device).status == 200
    answer = poll(server, device)
    assert (answer.status, answer.code) == (400, "F0305"), answer


@pytest.mark.parametrize("code", ["0" * 64, "x", "a" * 4000])
def test_a_code_that_nobody_gave_out_is_refused(github, server, code):
    answer = poll(server, {"device_code": code})
    assert (answer.status, answer.code) == (400, "F0305"), answer
    assert not github.calls("poll")


def test_githubs_own_code_is_refused(github, server):
    start(server)
    answer = poll(server, {"device_code": github.secrets()[-1]})
    assert (answer.status, answer.code) == (400, "F0305"), answer


@pytest.mark.parametrize("kind", ["close", "garbage", "huge", "500", "empty"])
def test_a_github_that_fails_for_a_moment_ends_nothing(github, server, kind):
    github.control(device="approve", fault={"poll": kind})
    device = start(server)
    answer = first_asked(server, device)
    assert (answer.status, answer.code) == (502, "F0311"), answer
    github.control(fault={})
    assert outcome(server, device).status == 200


@pytest.mark.parametrize("kind, status, code", [("close", 502, "F0311"), ("garbage", 502, "F0311"), ("empty", 502, "F0311"), ("401", 502, "F0312")])
def test_a_github_that_fails_gives_no_code(github, server, kind, status, code):
    github.control(fault={"device_code": kind})
    answer = server.api("POST", "/v1/login/device", {}, token="none")
    assert (answer.status, answer.code) == (status, code), answer


def test_the_allow_list_holds_here_too(github, make_server):
    picky = make_server(github.config(allowed_ids=[1]))
    github.register(picky)
    github.control(device="approve")
    answer = outcome(picky, start(picky))
    assert (answer.status, answer.code) == (403, "F0307"), answer


def test_it_can_be_off_at_github_or_here(github, server, make_server):
    github.register(server, device=False)
    answer = server.api("POST", "/v1/login/device", {}, token="none")
    assert (answer.status, answer.code) == (403, "F0310"), answer
    without = make_server(github.config(device=False))
    answer = without.api("POST", "/v1/login/device", {}, token="none")
    assert (answer.status, answer.code) == (403, "F0310"), answer
    assert without.api("GET", "/v1/login", token="none").json()["device"] is False


@pytest.mark.parametrize("body, code", [({}, "F0101"), ({"device_code": 1}, "F0101"), ({"device_code": "x", "code": "y"}, "F0104")], ids=str)
def test_a_body_that_is_not_as_described_is_refused(server, body, code):
    answer = server.api("POST", "/v1/login/device/token", body, token="none")
    assert (answer.status, answer.code) == (400, code), answer
