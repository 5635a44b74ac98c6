"""What a server for strangers needs: suspensions of single functions, reports, and the operator's texts."""
import contextlib
import json
import re
import sqlite3
import subprocess

import pytest

from support.dashboard import HTML, Dashboard
from support.guests import version_guest
from support.http1 import request
from support.people import Person
from support.server import BINARIES
from support.waiting import eventually

SERVER_CONFIG = {"public": {"contact": "mailto:abuse@faasta.example", "terms": "https://faasta.example/terms", "privacy": "We keep <nothing>."}}


@pytest.fixture(scope="module")
def admin(server):
    def run(*arguments, fails=0):
        done = subprocess.run([BINARIES / "faastad", "admin", "--data", server.data, "--json", *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == fails, done
        return [json.loads(line) for line in done.stdout.splitlines()]
    return run


@pytest.fixture(scope="module")
def person(server):
    return Person(server, "ada")


def suspended(server, name):
    return eventually(lambda: (answer := server.call(name)).status == 503 and answer, 3, "the suspension")


def test_a_function_is_suspended_and_resumed(server, admin, person):
    for number in (1, 2):
        assert person.upload("bad", version_guest(number)).status == 201
    assert person.api("POST", "/v1/functions/bad/aliases", {"label": "beta", "version": 1}).status == 200
    assert person.upload("good", "hello-raw").status == 201
    assert server.call("bad").status == server.call("bad--v1").status == server.call("bad--beta").status == 200
    admin("suspend-function", "bad", "--reason", "phishing <reported>")
    answer = suspended(server, "bad")
    assert answer.code == "F0514" and answer.json()["detail"] == "phishing <reported>. Contact: mailto:abuse@faasta.example"
    assert server.call("bad--v1").code == server.call("bad--beta").code == server.call("bad--v2").code == "F0514"
    assert server.call("good").status == 200, "other functions of the owner answer"
    assert person.api("GET", "/v1/functions/bad").json()["suspended"]["reason"] == "phishing <reported>"
    assert "suspended" not in person.api("GET", "/v1/functions/good").json()
    admin("resume-function", "bad")
    assert eventually(lambda: server.call("bad").status == 200, 3, "the resumption")
    assert server.call("bad--v1").status == server.call("bad--beta").status == 200
    log = [(row["action"], row["subject"], row["detail"]) for row in admin("log")]
    assert ("function_suspend", "bad", "phishing <reported>") in log and ("function_resume", "bad", "") in log


def test_a_browser_gets_a_notice(server, admin, person):
    person.upload("noticed", "hello-raw")
    admin("suspend-function", "noticed", "--reason", "<b>spam</b>")
    suspended(server, "noticed")
    page = server.call("noticed", headers=[HTML])
    assert page.status == 503 and page.header("content-type") == "text/html; charset=utf-8" and page.header("vary") == "accept"
    assert "The function is suspended by the operator" in page.text and "&lt;b&gt;spam&lt;/b&gt;" in page.text and "abuse@faasta.example" in page.text
    assert "<b>" not in page.text
    for program in ("*/*", "application/json", "text/html;q=0, */*"):
        assert server.call("noticed", headers=[f"accept: {program}"]).code == "F0514", program


def test_the_owner_cannot_get_rid_of_a_suspension(server, admin, person):
    person.upload("held", version_guest(1))
    admin("suspend-function", "held", "--reason", "spam")
    suspended(server, "held")
    assert (lambda answer: (answer.status, answer.code))(person.api("DELETE", "/v1/functions/held")) == (403, "F0231")
    assert person.upload("held", version_guest(2)).status == 201, "a better version may be deployed"
    answer = person.upload("held", "spin")
    assert answer.status == 201, "code of a suspended function does not run, not even to try it"
    assert person.api("POST", "/v1/functions/held/rollback", {"version": 1}).status == 200
    assert person.api("POST", "/v1/functions/held/rollback", {"version": 2}).status == 200
    assert server.call("held").code == server.call("held--v2").code == "F0514"
    browser = Dashboard(server).sign_in(person.token)
    assert "The operator has suspended the function: spam" in browser.page("/dashboard/functions/held")
    assert '<span class="bad mark">suspended</span>' in browser.page("/dashboard?q=held")
    # Neither a new owner nor the end of the owner's own suspension ends it.
    other = Person(server, "bob")
    admin("transfer", "held", other.login)
    assert eventually(lambda: server.call("held").code == "F0514", 3, "the transfer")
    admin("suspend", other.login)
    admin("resume", other.login)
    assert eventually(lambda: other.api("GET", "/v1/functions").status == 200, 3, "the owner's resumption")
    assert server.call("held").code == "F0514"
    admin("delete", "held", "-y")
    assert eventually(lambda: server.call("held").status == 404, 3, "the deletion")
    for each in (person, other):
        answer = each.upload("held", version_guest(1))
        assert (answer.status, answer.code) == (409, "F0207"), "the name is kept for nobody"


def test_a_suspension_outlives_a_restart(make_server):
    server = make_server(SERVER_CONFIG)
    server.deploy("kept", "hello-raw")
    run = [BINARIES / "faastad", "admin", "--data", server.data]
    subprocess.run([*run, "suspend-function", "kept", "--reason", "x"], check=True, capture_output=True)
    server.restart()
    assert server.call("kept").code == "F0514"


def test_a_report_has_what_the_operator_needs(server, admin, person):
    person.upload("reported", "outbound", outbound=["https://api.example.com"])
    server.call("reported", "/called")
    eventually(lambda: any("/called" in json.dumps(entry) for entry in person.api("GET", "/v1/functions/reported/logs").text.splitlines()), 5, "the call in the log")
    [report] = admin("report", "reported")
    assert (report["owner"], report["owner_id"], report["suspended"], report["owner_suspended"]) == ("ada", person.owner, None, False)
    assert report["versions"][0]["outbound"] == ["https://api.example.com"] and report["versions"][0]["live"]
    assert "wasi:http/outgoing-handler" in json.dumps(report["versions"][0]["imports"]) and len(report["versions"][0]["sha256"]) == 64
    assert [change["action"] for change in report["changes"]] == ["deploy"]
    assert "/called" in json.dumps(report["log"])
    with contextlib.closing(sqlite3.connect(server.data / "logs.db", timeout=20)) as database, database:
        database.execute("UPDATE log SET lines = CAST(lines || ? AS BLOB)", ("".join(f'{{"line":{number},"text":"{"x" * 9000}"}}\n' for number in range(20)),))
    [report] = admin("report", "reported")
    assert [json.loads(line)["line"] for line in report["log"]] == list(range(20)), "long lines do not hide the newest ones"
    admin("suspend-function", "reported", "--reason", "because")
    [report] = admin("report", "reported")
    assert report["suspended"] == "because" and report["changes"][-1]["action"] == "function_suspend"
    text = subprocess.run([BINARIES / "faastad", "admin", "--data", server.data, "report", "reported"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^owner +ada$", text, re.M) and "because" in text


def test_mistakes_of_the_operator(admin):
    admin("report", "no-such-function", fails=4)
    admin("suspend-function", "no-such-function", "--reason", "x", fails=4)
    admin("resume-function", "no-such-function", fails=4)
    admin("suspend-function", "bad", fails=2)
    for reason in ("", "x" * 501):
        admin("suspend-function", "bad", "--reason", reason, fails=2)
    admin("suspend-function", "bad", "--reason", "x" * 500)
    admin("resume-function", "bad")


def test_the_landing_page_has_the_operators_texts(server):
    page = Dashboard(server).page("/")
    assert '<a href="mailto:abuse@faasta.example">Report abuse</a>' in page and '<a href="https://faasta.example/terms">Terms of use</a>' in page
    assert "Privacy: We keep &lt;nothing&gt;." in page


def test_without_texts_there_are_no_empty_ones(make_server):
    page = Dashboard(make_server()).page("/")
    assert "Terms" not in page and "abuse" not in page


@pytest.mark.parametrize("accept, page", [
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True), ("*/*", False), (None, False), ("application/json", False),
    ("text/html;q=0", False), ("text/html;q=0.5, application/problem+json", False)])
@pytest.mark.parametrize("host", ["not-there", "bad--v99", "a.b"])
def test_unknown_hosts_answer_browsers_with_a_page(server, host, accept, page):
    with server.connect() as connection:
        answer = connection.exchange(request("GET", "/", f"{host}.localhost", ["connection: close", *([f"accept: {accept}"] if accept else [])]))
    assert answer.status == 404 and answer.header("x-faasta-error") == "unknown_host", answer
    assert answer.header("content-type") == ("text/html; charset=utf-8" if page else "application/problem+json")
    if page:
        assert "No function answers at this address" in answer.text and "F0501" in answer.text and "style-src 'sha256-" in answer.header("content-security-policy")
