"""Signing in to the dashboard with GitHub."""
import contextlib
import sqlite3
import urllib.parse

import pytest

from support.dashboard import Dashboard
from support.github import ADA, Browser

GITHUB = True


@pytest.fixture(autouse=True)
def agreeing(github, server):
    github.reset(server)


def base(server):
    return f"http://localhost:{server.address[1]}"


def sign_in(server):
    browser = Browser()
    page = browser.follow(f"{base(server)}/dashboard/github")
    return browser, page


def tokens(server):
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db", timeout=20)) as database:
        return database.execute("SELECT name, revoked IS NULL FROM token JOIN owner ON owner.id = token.owner WHERE github_id = ?", (ADA["id"],)).fetchall()


def test_a_person_signs_in_and_out(server):
    page = Dashboard(server).page("/dashboard/sign-in")
    assert 'href="/dashboard/github"' in page
    browser, page = sign_in(server)
    assert (page.status, page.url) == (200, f"{base(server)}/dashboard") and "Sign out ada" in page.text
    assert tokens(server) == [("dashboard", 1)]
    inside = Dashboard(server)
    inside.cookies = browser.cookies["localhost"]
    assert inside.get("/dashboard/server").status == 404, "a person is not the operator"
    assert inside.post("/dashboard/sign-out", proof=inside.proof()).status == 303
    assert tokens(server) == [("dashboard", 0)], "the token of the session ends with it"


def test_a_person_who_refuses_is_not_signed_in(server, github):
    github.control(decision="deny")
    browser, page = sign_in(server)
    assert page.status == 403 and "faasta-session" not in browser.cookies["localhost"], page


def test_only_the_browser_that_began_can_come_back(server):
    browser = Browser()
    back = browser.follow(f"{base(server)}/dashboard/github", lambda location: location.startswith(f"{base(server)}/dashboard/github/back")).location
    for other in (Browser(), browser):
        if other is browser:
            other.cookies["localhost"]["faasta-github"] = "x" * 64 + "." + "y" * 64
        page = other.get(back)
        assert page.status == 400 and page.code == "F0303" or page.response.code == "F0303", page
        assert "faasta-session" not in other.cookies.get("localhost", {})


def test_a_code_is_good_once(server):
    browser = Browser()
    back = browser.follow(f"{base(server)}/dashboard/github", lambda location: location.startswith(f"{base(server)}/dashboard/github/back")).location
    assert browser.get(back).status == 303
    assert browser.get(back).status == 400


def test_github_sends_browsers_to_the_own_page_only(server):
    for wrong in ("http://localhost:1/dashboard/github/back", f"{base(server)}/dashboard", f"{base(server)}/dashboard/github/back/", "http://evil.localhost/dashboard/github/back"):
        query = urllib.parse.urlencode({"redirect_uri": wrong, "state": "s" * 32, "code_challenge": "c" * 43, "code_challenge_method": "S256"})
        page = Browser().get(f"http://api.localhost:{server.address[1]}/v1/login/start?{query}")
        assert page.status == 400 and page.code == "F0302", page


def test_a_function_at_the_base_domain_gets_no_codes(make_server, github):
    """With `default_function`, the address of the dashboard's page is a function's."""
    server = make_server(github.config(), top={"default_function": "front"})
    own = f"{base(server)}/dashboard/github/back"
    query = urllib.parse.urlencode({"redirect_uri": own, "state": "s" * 32, "code_challenge": "c" * 43, "code_challenge_method": "S256"})
    page = Browser().get(f"http://api.localhost:{server.address[1]}/v1/login/start?{query}")
    assert page.status == 400 and page.code == "F0302", page


def test_a_server_without_github_says_so(make_server):
    server = make_server()
    browser = Dashboard(server)
    assert "GitHub" not in browser.page("/dashboard/sign-in")
    answer = browser.get("/dashboard/github")
    assert (answer.status, answer.header("x-faasta-error")) == (404, "login_unavailable")
