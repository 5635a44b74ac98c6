"""Quotas are exact even if many requests come at once. A refusal says how much is allowed and when to try again."""
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.guests import guest, version_guest
from support.people import Person
from support.waiting import eventually


def at_once(count, work, workers=25):
    """The results of `count` calls of work(number), `workers` of them at a time, started together."""
    gate = threading.Barrier(workers)

    def one(number):
        if number < workers:
            gate.wait(30)
        return work(number)
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(count)))


def patiently(upload):
    """Repeats an upload while too many deploys are under way."""
    while (answer := upload()).code == "F0113":
        pass
    return answer


def test_a_hundred_creates_at_the_quota_give_exactly_the_quota(make_server):
    server = make_server({"limits": {"functions": 10}})
    person = Person(server, "mona")
    answers = at_once(100, lambda number: patiently(lambda: person.upload(f"function-{number}", "hello-wat", verify=False)))
    assert sorted(answer.status for answer in answers) == [201] * 10 + [403] * 90
    assert {answer.code for answer in answers if answer.status == 403} == {"F0208"}
    assert len(person.api("GET", "/v1/functions").json()["functions"]) == 10
    assert person.api("GET", "/v1/me").json()["usage"]["functions"] == 10


def test_deploys_of_one_name_end_in_one_winner_and_an_unbroken_sequence(make_server):
    count = 1000 if os.environ.get("FAASTA_LONG") else 40
    server = make_server({"limits": {"kept_versions": 2000}})
    person = Person(server, "mona")
    components = [version_guest(number) for number in range(1, 6)]
    answers = at_once(count, lambda number: patiently(lambda: person.upload("contested", components[number % 5], verify=False)))
    assert {answer.status for answer in answers} <= {200, 201}
    made = sorted(answer.json()["version"] for answer in answers if answer.status == 201)
    assert made == list(range(1, len(made) + 1))
    versions = person.api("GET", "/v1/functions/contested/versions").json()["versions"]
    assert [version["version"] for version in versions] == made[::-1]
    active = [version for version in versions if version["active"]]
    assert len(active) == 1 and active[0]["version"] == made[-1]
    answer = server.call("contested")
    assert answer.status == 200


def test_slow_uploads_of_one_owner_keep_nobody_out(make_server):
    from support.http1 import request
    server = make_server()
    slow, other = Person(server, "slow"), Person(server, "other")
    parked = []
    for number in range(16):
        connection = server.connect()
        connection.send(request("POST", f"/v1/functions/slow-{number}/versions", "api.localhost", [
            f"authorization: Bearer {slow.token}", "content-type: application/wasm", "content-length: 100", "expect: 100-continue"]))
        assert connection.fill() and connection.buffer.startswith(b"HTTP/1.1 100 "), connection.buffer       # the upload was admitted
        connection.send(b"x" * 10)
        parked.append(connection)
    refused = slow.upload("one-more", "hello-wat")
    assert refused.code == "F0113" and int(refused.header("retry-after")) >= 1, refused
    assert other.upload("in-time", "hello-wat").status == 201
    for connection in parked:
        connection.close()
    assert eventually(lambda: slow.upload("one-more", "hello-wat").status == 201, 5, "a place")


def test_deploys_an_hour(make_server):
    server = make_server({"limits": {"deploys_per_hour": 3}})
    person = Person(server, "mona")
    for number in (1, 2, 3):
        assert person.upload("often", version_guest(number)).status == 201
    answer = person.upload("often", version_guest(4))
    assert (answer.status, answer.code) == (429, "F0214") and 3500 < int(answer.header("retry-after")) <= 3600, answer
    assert person.api("POST", "/v1/functions/often/rollback", {"version": 1}).status == 200     # a rollback does not count as a deploy
    assert Person(server, "lisa").upload("other", "hello-wat").status == 201


def test_deploys_that_fail_are_counted_too(make_server):
    server = make_server({"limits": {"deploys_per_hour": 3}})
    person = Person(server, "mona")
    answers = [person.upload("failing", b"no component") for _ in range(8)]
    assert [answer.code for answer in answers[:6]] == ["F0402"] * 6 and answers[6].code == "F0214", answers


def test_stored_bytes(make_server):
    server = make_server({"limits": {"stored_mb": 1, "kept_versions": 2}})
    person = Person(server, "mona")
    bulky = [guest("hello-wat") + b"\0" + _leb(400_002) + b"\1" + bytes([48 + number]) + b"x" * 400_000 for number in range(4)]
    assert person.upload("bulky", bulky[0]).status == 201
    assert person.upload("bulky", bulky[1]).status == 201
    assert person.upload("bulky", bulky[2]).status == 201       # the oldest version is deleted
    answer = person.upload("one-more", bulky[3])
    assert (answer.status, answer.code) == (403, "F0215"), answer
    assert [function["name"] for function in person.api("GET", "/v1/functions").json()["functions"]] == ["bulky"]
    assert server.call("one-more").status == 404
    assert person.api("GET", "/v1/me").json()["usage"]["stored_bytes"] == 2 * len(bulky[0])


def _leb(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def test_tokens(make_server):
    server = make_server({"limits": {"tokens": 5}})
    person = Person(server, "mona")
    answers = at_once(30, lambda number: person.api("POST", "/v1/tokens", {"name": f"n{number}", "scopes": ["read"]}), workers=10)
    assert sorted(answer.status for answer in answers) == [201] * 4 + [403] * 26       # the owner already had one
    assert {answer.code for answer in answers if answer.status == 403} == {"F0216"}


def test_requests_to_the_api(make_server):
    server = make_server({"limits": {"api_requests_per_minute": 20}})
    person = Person(server, "mona")
    answers = [person.api("GET", "/v1/me") for _ in range(25)]
    assert [answer.status for answer in answers[:20]] == [200] * 20 and answers[-1].code == "F0217"
    assert 1 <= int(answers[-1].header("retry-after")) <= 3
    assert Person(server, "lisa").api("GET", "/v1/me").status == 200


def test_calls_at_once_of_an_owner(make_server):
    from support.http1 import request
    server = make_server({"limits": {"concurrent_calls_per_owner": 4, "timeout_ms": 20_000, "first_byte_ms": 20_000}})
    mona, lisa = Person(server, "mona"), Person(server, "lisa")
    for person, name in ((mona, "sleep-one"), (mona, "sleep-two"), (lisa, "others")):
        assert person.upload(name, "sleep", verify=False).status == 201
    held = []
    for number in range(4):
        connection = server.connect()
        connection.send(request("GET", "/?ms=15000", f"sleep-{('one', 'two')[number % 2]}.localhost"))
        held.append(connection)
    eventually(lambda: server.running_calls() == 4, 5, "four running calls")
    answer = server.call("sleep-one", "/?ms=1")
    assert (answer.status, answer.code) == (429, "F0515") and answer.header("retry-after") == "1", answer
    assert server.call("others", "/?ms=1").status == 200
    held.pop().close()
    assert eventually(lambda: server.call("sleep-two", "/?ms=1").status == 200, 5, "a place")
    for connection in held:
        connection.close()


def test_requests_a_second_of_an_owner(make_server):
    server = make_server({"limits": {"requests_per_second_per_owner": 10}})
    mona, lisa = Person(server, "mona"), Person(server, "lisa")
    for person, name in ((mona, "one-of"), (mona, "two-of"), (lisa, "others")):
        assert person.upload(name, "hello-wat", verify=False).status == 201
    statuses = at_once(60, lambda number: server.call(("one-of", "two-of")[number % 2]).status, workers=20)
    assert set(statuses) == {200, 429} and 8 <= statuses.count(200) <= 30, statuses       # one client cannot use up all
    refused = eventually(lambda: next((a for a in (server.call("one-of") for _ in range(30)) if a.status == 429), None), 5, "a refusal")
    assert refused.code == "F0516" and refused.header("retry-after") == "1"
    assert server.call("others").status == 200


def test_a_rollback_gives_no_requests_back(make_server):
    server = make_server({"limits": {"requests_per_second_per_owner": 30}})
    server.deploy("turning", version_guest(1))
    server.deploy("turning", version_guest(2))
    begin, passed = time.monotonic(), 0
    for turn in range(10):
        for _ in range(60):
            if server.call("turning").status == 429:
                break
            passed += 1
        server.rollback("turning", 1 + turn % 2)
    assert passed <= 30 * (1 + time.monotonic() - begin) + 1, passed


@pytest.mark.parametrize("figure, value", [("functions", 2), ("deploys_per_hour", 1), ("stored_mb", 3)])
def test_whoami_shows_the_figures(make_server, figure, value):
    server = make_server({"limits": {figure: value}})
    assert server.api("GET", "/v1/me").json()["quota"][figure] == value
