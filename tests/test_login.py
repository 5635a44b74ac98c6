"""Signing in with GitHub, without the CLI: the steps that give a token, and steps that must not give one. GitHub is
tests/github_standin.py."""
import time

import pytest

from support.github import ADA, BOB, Browser, Client, Github, parameters, refused, whoami
from support.guests import version_guest
from support.waiting import eventually


GITHUB = True


@pytest.fixture
def client(server):
    return Client(server)


# ---- the steps that give a token ----

def test_a_browser_leads_to_a_token(server, client):
    page = client.through_github()
    assert page.returned["state"] == client.state
    answer = client.redeem(page.returned["code"], name="faasta login on here")
    assert answer.status == 200, answer
    signed_in = answer.json()
    assert signed_in["login"] == "ada" and signed_in["scopes"] == ["admin"]
    assert signed_in["token"].startswith("faa_") and signed_in["expires_at"].endswith("Z")
    me = whoami(server, signed_in["token"])
    assert (me["mode"], me["owner"]["login"], me["owner"]["github_id"]) == ("github", "ada", ADA["id"])
    assert (me["token"]["id"], me["token"]["name"]) == (signed_in["token_id"], "faasta login on here")
    told = eventually(lambda: [line for line in server.log_lines() if line.get("event") == "signed_in"])[-1]
    assert (told["login"], told["token"]) == ("ada", signed_in["token_id"])


def test_github_is_asked_for_nothing_but_who_this_is(github, server, client):
    client.sign_in()
    (asked,) = github.calls("authorize")
    fields = asked[2]["parameters"]
    assert "scope" not in fields and fields["code_challenge_method"] == "S256" and fields["prompt"] == "select_account"
    assert fields["redirect_uri"] == f"{client.origin}/v1/login/callback"
    assert fields["state"] != client.state and fields["code_challenge"] != client.challenge
    assert len(github.calls("access_token")) == 1 and len(github.calls("user")) == 1
    assert github.calls("access_token")[0][2]["fields"] == ["client_id", "client_secret", "code", "code_verifier", "redirect_uri"]


def test_the_server_says_what_it_offers(server, github):
    answer = server.api("GET", "/v1/login", token="none")
    assert answer.json() == {"mode": "github", "browser": True, "device": True, "github": github.url}


def test_two_tabs_of_one_browser_do_not_disturb_each_other(server):
    browser, first, second = Browser(), Client(server), Client(server)
    one, two = first.callback_of(browser), second.callback_of(browser)
    for client, callback in ((first, one), (second, two)):
        assert client.redeem(browser.get(callback).returned["code"]).status == 200


def test_a_loopback_address_of_ipv6_will_do(server):
    client = Client(server, "http://[::1]:49152/callback")
    assert client.redeem(client.through_github().returned["code"]).status == 200


# ---- a start that is refused before the browser is sent to GitHub ----

REDIRECTS = ["https://evil.example/callback", "http://evil.example:80/callback", "https://127.0.0.1:4000/callback", "http://127.0.0.1/callback",
             "http://127.0.0.1:/callback", "http://127.0.0.1:0/callback", "http://127.0.0.1:99999/callback", "http://127.0.0.1:4000", "http://localhost:4000/callback",
             "http://localhost.evil.example:4000/callback", "http://127.0.0.1.evil.example:4000/callback", "http://user@127.0.0.1:4000/callback",
             "http://127.0.0.1:4000@evil.example/callback", "http://127.0.0.1:4000/callback?x=1", "http://127.0.0.1:4000/callback#x",
             "http://127.0.0.1:4000/\r\nset-cookie: a=b", "http://127.0.0.1:4000\\@evil.example/", "//127.0.0.1:4000/", "javascript:alert(1)", "", None]


@pytest.mark.parametrize("change", [
    *({"redirect_uri": uri} for uri in REDIRECTS), {"code_challenge": None}, {"code_challenge": ""}, {"code_challenge": "short"}, {"code_challenge": "=" * 43},
    {"code_challenge_method": "plain"}, {"code_challenge_method": None}, {"state": None}, {"state": ""}, {"state": "short"},
    {"state": "a" * 129}, {"state": "<script>alert(1)</script>"}, {"scope": "repo"}], ids=str)
def test_a_start_is_refused(github, client, change):
    page = Browser().get(client.start_url(**change))
    assert (page.status, page.code) == (400, "F0302"), page
    assert page.location is None and not page.response.all("set-cookie") and not github.calls("authorize")
    assert "<script" not in page.text.lower() and "evil" not in page.text


def test_a_parameter_that_is_given_twice_is_refused(client):
    page = Browser().get(client.start_url() + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F")
    assert (page.status, page.code) == (400, "F0302"), page


# ---- a browser that comes back with wrong values ----

def test_a_state_that_nobody_gave_out_is_refused(client):
    browser = Browser()
    callback = client.callback_of(browser)
    page = browser.get(callback.replace(parameters(callback)["state"], "0" * 64))
    assert (page.status, page.code, page.location) == (400, "F0303", None), page


def test_a_callback_without_its_cookie_is_refused_and_over(client):
    browser = Browser()
    callback = client.callback_of(browser)
    for visitor in (Browser(), browser):
        page = visitor.get(callback)
        assert (page.status, page.code, page.location) == (400, "F0303", None), page


def test_a_callback_in_a_browser_with_a_sign_in_of_its_own_is_refused(server, client):
    mine, theirs = Browser(), Browser()
    callback = client.callback_of(theirs)
    Client(server).callback_of(mine)
    page = mine.get(callback)
    assert (page.status, page.code, page.location) == (400, "F0303", None), page


def test_a_forged_cookie_is_refused(client):
    browser = Browser()
    callback = client.callback_of(browser)
    (jar,) = [jar for host, jar in browser.cookies.items() if host == "api.localhost"]
    for name in jar:
        jar[name] = "0" * 64
    page = browser.get(callback)
    assert (page.status, page.code, page.location) == (400, "F0303", None), page


def test_a_replayed_callback_is_refused(client, github):
    browser = Browser()
    callback = client.callback_of(browser)
    cookies = {host: dict(jar) for host, jar in browser.cookies.items()}
    assert "code" in browser.get(callback).returned
    browser.cookies = cookies
    page = browser.get(callback)
    assert (page.status, page.code, page.location) == (400, "F0303", None), page
    assert len(github.calls("access_token")) == 1


@pytest.mark.parametrize("query", ["", "?code=abc", "?state=", "?code=a&state=b&state=b", "?error=access_denied", "?state=%00", "?state=%zz", "?error=%3Cscript%3E"])
def test_a_callback_that_lacks_its_parts_is_refused(client, query):
    page = Browser().get(f"{client.origin}/v1/login/callback{query}")
    assert (page.status, page.code, page.location) == (400, "F0303", None), page
    assert "<script" not in page.text


def test_a_look_ahead_with_head_uses_nothing_up(client):
    browser = Browser()
    callback = client.callback_of(browser)
    assert browser.get(callback, method="HEAD").status == 405
    assert "code" in browser.get(callback).returned


def test_the_code_of_another_sign_in_at_github_is_refused(github, server):
    """Code injection: a code of GitHub works only with the verifier of the sign-in for which it was issued."""
    victim, attacker = Browser(), Browser()
    github.control(user=BOB)
    stolen = parameters(Client(server).callback_of(attacker))["code"]
    github.control(user=ADA)
    client = Client(server)
    callback = client.callback_of(victim)
    page = victim.get(callback.replace(parameters(callback)["code"], stolen))
    assert page.returned == {"state": client.state, "error": "login_code_invalid"}


# ---- answers and faults of GitHub ----

def test_a_person_who_says_no_is_told_to_the_client(github, client):
    github.control(decision="deny")
    page = client.through_github()
    assert page.returned == {"state": client.state, "error": "login_denied"}
    assert not github.calls("access_token")


def test_a_code_of_github_that_expired_is_refused(github, client):
    browser = Browser()
    callback = client.callback_of(browser)
    github.control(expire_codes=True)
    assert browser.get(callback).returned == {"state": client.state, "error": "login_code_invalid"}


def test_a_wrong_client_secret_is_the_operators_trouble(github, server, client):
    github.register(server, secret="another")
    assert client.through_github().returned["error"] == "github_refused"
    assert eventually(lambda: server.event("github_failed"))["cause"] == "GitHub said 'incorrect_client_credentials'"


def test_a_callback_that_is_not_registered_is_the_operators_trouble(github, server, client):
    github.register(server, callback=f"{client.origin}/v1/login/callback?other=1")
    browser = Browser()
    page = browser.follow(client.start_url(), client.is_back)
    assert page.returned["error"] == "github_refused", page


DOWN, REFUSED = "github_unreachable", "github_refused"
FAULTS = [("access_token", kind, DOWN) for kind in ("close", "garbage", "huge", "redirect", "empty", "500", "503", "429")] + \
         [("access_token", kind, REFUSED) for kind in ("401", "404", "strange")] + \
         [("user", kind, DOWN) for kind in ("close", "garbage", "huge", "redirect", "empty", "500", "no-id", "strange-json")] + [("user", "401", REFUSED), ("user", "403", REFUSED)]


@pytest.mark.parametrize("endpoint, kind, error", [fault for fault in FAULTS if fault[1] != "strange-json"])
def test_a_github_that_fails_gives_no_code(github, client, endpoint, kind, error):
    github.control(fault={endpoint: kind})
    assert client.through_github().returned == {"state": client.state, "error": error}


@pytest.mark.parametrize("endpoint, kind", [("access_token", "slow"), ("user", "trickle")])
def test_a_github_that_is_slow_is_given_up(github, server, client, endpoint, kind):
    token = client.sign_in()
    github.control(fault={endpoint: kind})
    began = time.monotonic()
    waiting = Client(server)
    assert waiting.through_github().returned["error"] == DOWN
    assert 4 < time.monotonic() - began < 8
    whoami(server, token)


def test_what_github_says_is_told_only_if_it_is_a_word(github, server, client):
    github.control(fault={"access_token": "strange"})
    assert client.through_github().returned["error"] == REFUSED
    assert "<script>" not in server.log_file.read_text()


def test_a_github_that_is_down_changes_nothing_for_who_has_a_token(github, server, make_server):
    other = Github()
    lonely = make_server(other.config())
    other.reset(lonely)
    token = Client(lonely).sign_in()
    other.close()
    assert whoami(lonely, token)["owner"]["login"] == "ada"
    answer = lonely.api("POST", "/v1/functions/alone/versions", version_guest(1), ["content-type: application/wasm"], token=token)
    assert answer.status == 201, answer
    assert lonely.call("alone").status == 200
    refused(lonely.api("POST", "/v1/login/device", {}, token="none"), 502, "F0311")
    assert lonely.restart() and whoami(lonely, token)["owner"]["login"] == "ada"


# ---- the code that the client gets ----

def test_a_code_is_good_once(client):
    code = client.through_github().returned["code"]
    assert client.redeem(code).status == 200
    refused(client.redeem(code), 400, "F0304")


@pytest.mark.parametrize("change", [{"code_verifier": "0" * 64}, {"code_verifier": "short"}, {"redirect_uri": "http://127.0.0.1:49153/callback"},
                                    {"redirect_uri": "http://127.0.0.1:49152/callback/"}], ids=str)
def test_a_wrong_verifier_or_address_burns_the_code(client, change):
    code = client.through_github().returned["code"]
    refused(client.redeem(code, **change), 400, "F0304")
    refused(client.redeem(code), 400, "F0304")


def test_a_code_that_nobody_gave_out_is_refused(client):
    refused(client.redeem("0" * 64), 400, "F0304")


def test_the_code_of_another_client_is_refused(server):
    mine, theirs = Client(server), Client(server)
    code = theirs.through_github().returned["code"]
    refused(mine.redeem(code), 400, "F0304")


@pytest.mark.parametrize("change, code", [({"code": None}, "F0101"), ({"code_verifier": None}, "F0101"), ({"redirect_uri": None}, "F0101"),
                                          ({"client_secret": "x"}, "F0104"), ({"code": 1}, "F0101"), ({"name": "a" * 101}, "F0101"), ({"name": "a\nb"}, "F0101")], ids=str)
def test_a_body_that_is_not_as_described_is_refused_and_burns_nothing(client, change, code):
    given = client.through_github().returned["code"]
    refused(client.redeem(**{"code": given} | change), 400, code)
    assert client.redeem(given).status == 200
