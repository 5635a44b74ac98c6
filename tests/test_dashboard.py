"""The dashboard at the base domain: signing in, the pages, and the forms."""
import contextlib
import json
import re
import sqlite3
import time

import pytest

from support.dashboard import FORM, Dashboard, stored_minutes
from support.guests import version_guest
from support.http1 import request
from support.people import Person, add_token
from support.waiting import eventually

PAGES = ("/", "/dashboard", "/dashboard/sign-in", "/dashboard/domains", "/dashboard/server", "/dashboard/functions/shown")


@pytest.fixture(scope="module")
def shown(server):
    for number in (1, 2):
        server.deploy("shown", version_guest(number), message=f"<b>number {number}</b>")
    server.call("shown")
    return server


@pytest.fixture
def browser(server):
    return Dashboard(server).sign_in()


def sessions(server):
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db", timeout=20)) as database:
        return database.execute("SELECT hash, token, used FROM session").fetchall()


def change_sessions(server, sql, *values):
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db", timeout=20)) as database, database:
        database.execute(sql, values)


# ---- signing in ----

def test_invented_sessions_are_not_looked_up_without_end(make_server):
    server = make_server()
    browser, guesser = Dashboard(server, source="127.0.0.9").sign_in(), Dashboard(server, source="127.0.0.9")
    assert browser.get("/dashboard").status == 200
    for number in range(3000):
        guesser.cookies = {"faasta-session": f"{number:064x}"}
        answer = guesser.get("/dashboard")
        if answer.status == 429:
            break
        assert answer.status == 303, answer
    assert (answer.status, answer.header("x-faasta-error")) == (429, "too_many_requests") and int(answer.header("retry-after")) >= 1, answer
    assert number >= 60, "a few sessions may have ended"
    assert browser.get("/dashboard").status == 200, "somebody of the same network was locked out"


def test_a_browser_without_a_session_is_sent_to_sign_in(server):
    for target in ("/dashboard", "/dashboard/functions/shown", "/dashboard/domains", "/dashboard/server"):
        answer = Dashboard(server).get(target)
        assert (answer.status, answer.header("location")) == (303, "/dashboard/sign-in"), target


def test_a_program_without_a_session_gets_a_problem_document(server):
    answer = Dashboard(server).ask("GET", "/dashboard", ["accept: */*"])
    assert (answer.status, answer.code) == (401, "F0203")


def test_the_session_is_stored_as_a_digest(server, browser):
    secret = browser.cookies["faasta-session"]
    assert re.fullmatch("[0-9a-f]{64}", secret)
    assert secret.encode() not in b"".join(file.read_bytes() for file in server.data.glob("faasta.db*"))


def test_a_token_that_is_not_right_does_not_sign_in(server):
    for token in ("", "nonsense", "faa_" + "0" * 49, add_token(server, 1, revoked=True), add_token(server, 1, expires_in=-1)):
        answer = Dashboard(server).post("/dashboard/sign-in", token=token)
        assert answer.status == 401 and not answer.all("set-cookie") and 'role="alert"' in answer.text, (token, answer)


def test_attempts_are_limited(make_server):
    server = make_server()
    browser = Dashboard(server, source="127.0.0.9")
    assert [browser.post("/dashboard/sign-in", token="nonsense").status for _ in range(20)] == [401] * 20
    answer = browser.post("/dashboard/sign-in", token=server.token)
    assert answer.status == 429 and int(answer.header("retry-after")) >= 1 and not browser.cookies, answer
    assert Dashboard(server, source="127.0.0.10").sign_in().get("/dashboard").status == 200, "another network has its own limit"


def test_pages_are_limited(make_server):
    server = make_server()
    browser = Dashboard(server).sign_in()
    answers = []
    while not answers or answers[-1].status == 200:
        answers.append(browser.get("/dashboard/domains"))
    # Ten a second come back meanwhile, so a slow run gets some more than 600.
    assert 600 < len(answers) < 800 and answers[-1].status == 429 and int(answers[-1].header("retry-after")) >= 1, answers[-1]


def test_a_link_signs_in_once(server):
    link = server.api("POST", "/v1/dashboard/link").json()
    target = link["url"].partition(f":{server.address[1]}")[2]
    code = target.partition("code=")[2]
    browser = Dashboard(server)
    for _ in range(2):                              # looking at the page, as a preview of a chat does, uses nothing up
        assert code in browser.page(target)
    assert browser.post("/dashboard/sign-in", code=code).header("location") == "/dashboard"
    assert "Sign out owner" in browser.page("/dashboard")
    again = Dashboard(server).post("/dashboard/sign-in", code=code)
    assert again.status == 400 and not again.all("set-cookie"), again


def test_a_link_has_the_rights_of_its_token(shown):
    link = shown.api("POST", "/v1/dashboard/link", token=add_token(shown, 1, "read")).json()
    browser = Dashboard(shown)
    browser.post("/dashboard/sign-in", code=link["url"].partition("code=")[2])
    page = browser.page("/dashboard/functions/shown")
    assert "Make v" not in page and "Delete" not in page
    assert browser.get("/dashboard/server").status == 403


def test_signing_out_ends_the_session(server, browser):
    secret = dict(browser.cookies)
    answer = browser.post("/dashboard/sign-out", proof=browser.proof())
    assert answer.status == 303 and not browser.cookies, answer
    browser.cookies = secret
    assert browser.get("/dashboard").status == 303


def test_a_session_ends_with_its_token(server):
    token = add_token(server, 1)
    browser = Dashboard(server).sign_in(token)
    assert browser.get("/dashboard").status == 200
    assert server.api("DELETE", "/v1/tokens/current", token=token).status == 200
    assert browser.get("/dashboard").status == 303


def test_a_session_ends_after_12_hours_without_use(server, browser):
    hours, now = 3_600_000, int(time.time() * 1000)
    change_sessions(server, "UPDATE session SET used = ?", now - 11 * hours)
    assert browser.get("/dashboard").status == 200
    assert max(used for *_, used in sessions(server)) > now - hours, "the use counts"
    change_sessions(server, "UPDATE session SET used = ?", now - 12 * hours)
    assert browser.get("/dashboard").status == 303
    Dashboard(server).sign_in()
    assert len(sessions(server)) == 1, "old sessions are removed"


def test_a_token_has_at_most_20_sessions(server):
    token = add_token(server, 1)
    browsers = []
    for _ in range(21):
        change_sessions(server, "UPDATE session SET used = used - 1000")
        browsers.append(Dashboard(server).sign_in(token))
    assert [browser.get("/dashboard").status for browser in browsers] == [303] + [200] * 20, "the oldest session has ended"


def test_a_restart_signs_nobody_out(make_server):
    server = make_server()
    browser = Dashboard(server).sign_in()
    server.restart()
    assert browser.get("/dashboard").status == 200


def test_behind_https_the_cookie_belongs_to_the_host_alone(make_server):
    server = make_server(top={"public_url": "https://faasta.example"}, base_domain="faasta.example")
    browser = Dashboard(server)
    answer = browser.send("/dashboard/sign-in", ["origin: https://" + browser.host, "sec-fetch-site: same-origin", FORM], token=server.token)
    [field] = answer.all("set-cookie")
    assert field.startswith("__Host-faasta-session=")
    assert {part.strip() for part in field.split(";")[1:]} == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}


# ---- pages ----

def test_each_page_keeps_the_policy(shown, browser):
    for target in PAGES:
        answer = browser.get(target)
        assert answer.status == 200 and answer.header("content-type") == "text/html; charset=utf-8", (target, answer)
        policy = answer.header("content-security-policy")
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert answer.header("cache-control") == ("max-age=300" if target == "/" else "no-store") and answer.header("x-frame-options") == "DENY"
        assert not re.search(r"<style|\son\w+=|\sstyle=|javascript:", answer.text), target
        assert "<script" not in re.sub(r'<script type="module" src="/dashboard/script.js"></script>', "", answer.text), target
        # Links to other hosts lead to functions only; nothing is loaded from elsewhere.
        assert not re.search(r'(src|<link[^>]* href)="(?!/dashboard/|data:,")', answer.text), target


def test_texts_are_escaped(shown, browser):
    page = browser.page("/dashboard/functions/shown")
    assert "&lt;b&gt;number 2&lt;/b&gt;" in page and "<b>number" not in page
    assert "&quot;&gt;&lt;script&gt;" in browser.page("/dashboard?q=%22%3E%3Cscript%3E")


def test_style_and_script_are_small_and_cached(server):
    for target, kind, most in (("/dashboard/style.css", "text/css", 8192), ("/dashboard/script.js", "text/javascript", 3072)):
        browser = Dashboard(server)
        answer = browser.get(target)
        assert answer.status == 200 and answer.header("content-type").startswith(kind) and 500 < len(answer.body) < most
        again = browser.get(target, [f"if-none-match: {answer.header('etag')}"])
        assert (again.status, again.body) == (304, b"")
        assert browser.get(target, ['if-none-match: "other"']).status == 200


def test_an_owner_without_functions_learns_the_three_commands(make_server):
    browser = Dashboard(make_server()).sign_in()
    page = browser.page("/dashboard")
    assert "faasta new hello" in page and "cd hello" in page and "faasta deploy" in page
    assert "faasta domain add" in browser.page("/dashboard/domains") or "no custom domains" in browser.page("/dashboard/domains")


def test_the_page_of_a_function(shown, browser):
    shown.deploy("shown-trap", "trap", verify=False)
    assert shown.call("shown-trap", "/before").status == 500
    shown.deploy("shown-trap", "hello-c", verify=False)
    eventually(lambda: any(entry["kind"] == "call" for entry in shown.logs("shown-trap")), 10, "the call in the log")
    page = browser.page("/dashboard/functions/shown-trap")
    assert f"http://shown-trap.localhost:{shown.address[1]}/" in page
    assert "<strong>live</strong>" in page and "Make v1 live" in page
    assert "GET /before" in page and "trap" in page and "<pre" in page
    assert re.search(r'class="removed">- wasi:', page), "an import that version 1 had more"
    assert re.search(r"<dt>Calls</dt><dd>1</dd>.*<dt>Errors</dt><dd>1</dd>", page, re.S)


def test_the_chart_has_its_figures_as_a_table(shown, browser):
    shown.deploy("drawn", "hello-raw")
    assert shown.call("drawn").status == 200
    eventually(lambda: stored_minutes(shown, "drawn"), 30, "the recorder stores the counts")
    page = browser.page("/dashboard/functions/drawn")
    assert '<rect class="calls"' in page and '<path class="p99"' in page
    assert "<summary>The figures as a table</summary>" in page and '<th scope="col">p99</th>' in page


def test_the_log_comes_as_events(shown, browser):
    lines = ["accept: text/event-stream", "cookie: faasta-session=" + browser.cookies["faasta-session"]]
    with shown.connect() as connection:
        connection.send_gently(request("GET", "/dashboard/functions/shown/log", browser.host, lines))
        shown.call("shown", "/followed")
        seen = b""
        while b"/followed" not in seen:
            seen += connection.socket.recv(65536)
    assert b"content-type: text/event-stream" in seen and b"\ndata: {" in seen
    assert b"cross-origin-resource-policy: same-origin" in seen


def test_old_lines_do_not_hide_the_newest_failure(shown, browser):
    def call(path, outcome):
        return json.dumps({"kind": "call", "time": "2026-01-01T00:00:00Z", "version": 1, "method": "GET", "path": path, "outcome": outcome}).replace(": ", ":") + "\n"
    shown.deploy("long-log", "hello-raw", verify=False)
    lines = call("/oldest", "trap") + call("/" + "x" * 1000, "ok") * 300 + call("/newest", "trap")
    with contextlib.closing(sqlite3.connect(shown.data / "faasta.db", timeout=20)) as database:
        [function] = database.execute("SELECT id FROM function WHERE name = 'long-log'").fetchone()
    with contextlib.closing(sqlite3.connect(shown.data / "logs.db", timeout=20)) as database, database:
        database.execute("INSERT INTO log VALUES (?, 0, ?)", (function, lines.encode()))
    page = browser.page("/dashboard/functions/long-log")
    assert 0 < page.find("GET /newest") < page.find("GET /oldest")


def test_pages_of_functions_use_nothing_up(make_server):
    """A function's page can make the browser ask with its cookie, for example for an image."""
    server = make_server()
    browser = Dashboard(server).sign_in()
    for _ in range(700):
        answer = browser.get("/dashboard/domains", ["sec-fetch-site: same-site", "sec-fetch-mode: no-cors", "sec-fetch-dest: image"])
        assert (answer.status, answer.header("x-faasta-error")) == (403, "cross_site_form"), answer
    assert browser.get("/dashboard", ["sec-fetch-site: cross-site", "sec-fetch-mode: navigate", "sec-fetch-dest: document"]).status == 200
    assert browser.get("/dashboard/domains", ["sec-fetch-site: same-origin"]).status == 200


def test_a_cookie_that_comes_twice_is_refused(server, browser):
    for more in ("faasta-session=0", "faasta-session=" + browser.cookies["faasta-session"]):
        answer = browser.get("/dashboard", ["cookie: " + more])
        assert answer.status == 400 and "faasta-session" in answer.text, answer


def test_others_functions_are_not_there(shown):
    other = Person(shown, "other")
    browser = Dashboard(shown).sign_in(other.token)
    assert "shown" not in browser.page("/dashboard")
    for target in ("/dashboard/functions/shown", "/dashboard/functions/shown/log", "/dashboard/functions/no-such-function"):
        assert browser.get(target).status == 404, target
    assert browser.get("/dashboard/server").status == 404, "only the operator sees the server"
    for what, fields in (("rollback", {"version": 1}), ("delete", {"name": "shown"})):
        assert browser.post(f"/dashboard/functions/shown/{what}", proof=browser.proof(), **fields).status == 404
    assert shown.call("shown").status == 200


def test_a_token_for_one_function_sees_that_one(shown):
    shown.deploy("shown-too", "hello-raw")
    browser = Dashboard(shown).sign_in(add_token(shown, 1, "deploy:shown-too"))
    page = browser.page("/dashboard")
    assert "/dashboard/functions/shown-too" in page and '/dashboard/functions/shown"' not in page
    assert browser.get("/dashboard/functions/shown").status == 403


def add_functions(server, names):
    """Adds copies of the function `seed`."""
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db", timeout=20)) as database, database:
        for name in names:
            [row] = database.execute("INSERT INTO function (name, owner, active, next_version, created, updated) VALUES (?, 1, 0, 2, 0, 0) RETURNING id", (name,)).fetchall()
            database.execute(COPY, row)
            database.execute("UPDATE function SET active = 1 WHERE id = ?", row)


def test_a_token_for_one_function_of_many_sees_that_one(make_server):
    server = make_server()
    server.deploy("seed", "hello-raw")
    add_functions(server, (f"many-{number:02}" for number in range(60)))
    browser = Dashboard(server).sign_in(add_token(server, 1, "deploy:seed deploy:many-07 deploy:gone"))
    for query, names in (("", ["many-07", "seed"]), ("?q=ee", ["seed"]), ("?after=many-07", ["seed"]), ("?q=many-08", [])):
        assert re.findall(r'/dashboard/functions/([\w-]+)"', browser.page("/dashboard" + query)) == names, query


def test_a_plus_is_a_blank(shown, browser):
    """Browsers write blanks of a form so."""
    assert "/dashboard/functions/shown" in browser.page("/dashboard?q=+shown+")
    Dashboard(shown).sign_in(f" {shown.token} ")


def burst(server, browsers, target):
    """Loads a page with each browser at the same time; returns the answers."""
    with contextlib.ExitStack() as stack:
        connections = []
        for browser in browsers:
            lines = ["connection: close", "accept: text/html", "cookie: faasta-session=" + browser.cookies["faasta-session"]]
            connections.append((stack.enter_context(server.connect(20, source=browser.source)), request("GET", target, browser.host, lines)))
        for connection, sent in connections:
            connection.socket.sendall(sent)
        return [connection.read_response("GET") for connection, _ in connections]


def test_an_owner_loads_two_pages_at_a_time(make_server):
    server = make_server()
    server.deploy("busy", "hello-raw")
    browser = Dashboard(server).sign_in()
    # 400 pages at most: less than an owner may load in a minute.
    bursts = (burst(server, [browser] * 20, "/dashboard/functions/busy") for _ in range(20))
    answers = next((found for found in bursts if any(answer.status == 429 for answer in found)), [])
    assert any("at a time" in answer.text for answer in answers), "more than two pages at a time"
    assert {answer.status for answer in answers} == {200, 429}
    assert all(answer.header("retry-after") == "1" for answer in answers if answer.status == 429)
    assert browser.get("/dashboard/functions/busy").status == 200


def test_32_pages_are_loaded_at_a_time(make_server):
    server = make_server()
    server.deploy("seed", "hello-raw")
    add_functions(server, (f"many-{number:05}" for number in range(10_000)))    # a slow page goes first
    browsers = [Dashboard(server).sign_in(token) for token in (server.token, *(Person(server, f"person{number}").token for number in range(39)))]
    for _ in range(10):
        answers = burst(server, [browser for browser in browsers for _ in range(2)], "/dashboard?q=no-such")
        refused = [answer for answer in answers if answer.status == 503]
        if refused:
            break
    assert refused and all((answer.header("x-faasta-error"), answer.header("retry-after")) == ("busy_server", "1") for answer in refused), refused
    assert browsers[0].get("/dashboard").status == 200


def test_the_server_page_is_the_operators(shown, browser):
    page = browser.page("/dashboard/server")
    assert "<dt>Version</dt>" in page and "<dt>Loaded components</dt>" in page and ">owner<" in page.replace("\n", "")


def test_pages_of_a_long_list(make_server):
    """10,000 functions: each page has at most 60 KB."""
    server = make_server()
    server.deploy("seed", "hello-raw")
    add_functions(server, (f"many-{number:05}" for number in range(10_000)))
    browser = Dashboard(server).sign_in()
    for target in ("/dashboard", "/dashboard?after=many-05000", "/dashboard?q=999", "/dashboard?q=y-0999&after=many-09992"):
        page = browser.page(target)
        assert len(page) <= 60_000 and "many-" in page
    seen, target = [], "/dashboard"
    while target:
        page = browser.page(target)
        names = re.findall(r'/dashboard/functions/([\w-]+)"', page)
        assert names and len(names) <= 40
        seen += names
        found = re.search(r'<a href="([^"]*)" rel="next">', page)
        target = found and found[1].replace("&amp;", "&") if len(seen) < 400 else None
    assert seen == sorted(set(seen)) and len(seen) == 400
    assert re.findall(r'/dashboard/functions/([\w-]+)"', browser.page("/dashboard?q=Y-0999")) == [f"many-{number:05}" for number in range(9990, 10_000)]
    assert "There is no function here" in browser.page("/dashboard?q=%25") and "There is no function here" in browser.page("/dashboard?q=many_")


COPY = """INSERT INTO version (function, number, sha256, size, compiled_size, imports, settings, created, message, was_live)
    SELECT ?, number, sha256, size, compiled_size, imports, settings, created, message, was_live FROM version
    WHERE function = (SELECT id FROM function WHERE name = 'seed')"""


# ---- forms ----

def test_roll_back_and_delete(server, browser):
    for number in (1, 2):
        server.deploy("changed", version_guest(number))
    answer = browser.post("/dashboard/functions/changed/rollback", version=1, proof=browser.proof())
    assert (answer.status, answer.header("location")) == (303, "/dashboard/functions/changed"), answer
    assert [one["version"] for one in server.versions("changed") if one["active"]] == [1]
    assert browser.post("/dashboard/functions/changed/rollback", version=9, proof=browser.proof()).status == 404
    wrong = browser.post("/dashboard/functions/changed/delete", name="change", proof=browser.proof())
    assert wrong.status == 400 and "nothing was deleted" in wrong.text and server.call("changed").status == 200
    answer = browser.post("/dashboard/functions/changed/delete", name="changed", proof=browser.proof())
    assert (answer.status, answer.header("location")) == (303, "/dashboard"), answer
    assert server.call("changed").status == 404


FORMS = {"/dashboard/sign-in": {"token": "TOKEN"}, "/dashboard/sign-out": {}, "/dashboard/functions/kept/rollback": {"version": 1},
         "/dashboard/functions/kept/delete": {"name": "kept"}}
# The fields with which a page of another origin, or a program, would send a form. OWN is the dashboard's origin.
STRANGERS = {
    "no origin": [FORM], "no origin, same site": ["sec-fetch-site: same-origin", FORM], "another site": ["origin: https://evil.example", FORM],
    "a function": ["origin: FUNCTION", "sec-fetch-site: same-site", FORM], "a function that is silent about the site": ["origin: FUNCTION", FORM],
    "null": ["origin: null", FORM], "another scheme": ["origin: https://HOST", FORM], "another port": ["origin: http://localhost:1", FORM],
    "a longer host": ["origin: OWN.evil.example", FORM], "a path": ["origin: OWN/", FORM], "two origins": ["origin: OWN", "origin: https://evil.example", FORM],
    "two origins in one": ["origin: OWN, https://evil.example", FORM], "cross-site by the browser": ["origin: OWN", "sec-fetch-site: cross-site", FORM],
    "same-site by the browser": ["origin: OWN", "sec-fetch-site: same-site", FORM], "typed by a person": ["origin: OWN", "sec-fetch-site: none", FORM],
    "two sites": ["origin: OWN", "sec-fetch-site: same-origin", "sec-fetch-site: cross-site", FORM], "as text": ["origin: OWN", "content-type: text/plain"],
    "as JSON": ["origin: OWN", "content-type: application/json"], "as parts": ["origin: OWN", "content-type: multipart/form-data; boundary=x"], "of no type": ["origin: OWN"],
    "a name that contains ours": ["origin: http://xlocalhost:PORT", FORM], "an empty origin": ["origin:", FORM],
}


@pytest.fixture(scope="module")
def kept(server):
    for number in (1, 2):
        server.deploy("kept", version_guest(number))
    return server


@pytest.mark.parametrize("target", FORMS)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_form_from_elsewhere_is_refused(kept, signed_in_browser, target, stranger):
    browser = signed_in_browser
    words = {"OWN": browser.origin, "FUNCTION": f"http://kept.localhost:{kept.address[1]}", "HOST": browser.host, "PORT": str(kept.address[1])}
    lines = [re.sub("OWN|FUNCTION|HOST|PORT", lambda word: words[word[0]], line) for line in STRANGERS[stranger]]
    fields = {key: kept.token if value == "TOKEN" else value for key, value in FORMS[target].items()}
    answer = browser.send(target, lines, **fields, proof=browser.known_proof)
    assert (answer.status, answer.header("x-faasta-error")) == (403, "cross_site_form") and not answer.all("set-cookie"), answer


@pytest.mark.parametrize("target", [target for target in FORMS if target != "/dashboard/sign-in"])
def test_a_form_without_the_proof_of_its_session_is_refused(kept, signed_in_browser, target):
    another = Dashboard(kept).sign_in()
    for proof in ("", "0" * 64, another.proof(), another.cookies["faasta-session"]):
        answer = signed_in_browser.post(target, **FORMS[target], proof=proof)
        assert (answer.status, answer.header("x-faasta-error")) == (403, "cross_site_form"), (proof, answer)


@pytest.fixture(scope="module")
def signed_in_browser(kept):
    browser = Dashboard(kept).sign_in()
    browser.known_proof = browser.proof()
    return browser


def test_a_form_is_small_and_has_known_fields(kept, signed_in_browser):
    assert signed_in_browser.post("/dashboard/sign-in", token="x" * 5000).status == 413
    for fields in ({"other": 1}, {"version": 0}, {"version": "one"}, {}):
        answer = signed_in_browser.post("/dashboard/functions/kept/rollback", proof=signed_in_browser.known_proof, **fields)
        assert answer.status == 400, (fields, answer)


def test_nothing_of_that_was_done(kept, signed_in_browser):
    assert [one["version"] for one in kept.versions("kept") if one["active"]] == [2]
    assert signed_in_browser.get("/dashboard").status == 200


def test_a_page_changes_nothing(kept, signed_in_browser):
    for target in ("/dashboard/sign-out", "/dashboard/functions/kept/delete", "/dashboard/functions/kept/rollback"):
        assert signed_in_browser.get(target).status == 405, target


def test_a_function_at_the_base_domain_hides_the_dashboard(make_server):
    """The function would have the origin of the dashboard, and could read its pages."""
    server = make_server(top={"default_function": "front"})
    server.deploy("front", "hello-raw")
    browser = Dashboard(server)
    assert browser.get("/dashboard").status == 200 and "Faasta" not in browser.get("/dashboard").text
    answer = server.api("POST", "/v1/dashboard/link")
    assert (answer.status, answer.code) == (404, "F0321")


def test_the_address_of_the_api_leads_people_on(server):
    for accept, kind in (("text/html,*/*;q=0.8", "text/html; charset=utf-8"), ("*/*", "application/problem+json"), ("application/json, text/html", "application/problem+json")):
        with server.connect() as connection:
            answer = connection.exchange(request("GET", "/", f"api.localhost:{server.address[1]}", ["connection: close", f"accept: {accept}"]))
        assert answer.header("content-type") == kind, answer
        assert (answer.status, f'href="http://localhost:{server.address[1]}/"' in answer.text) == ((200, True) if kind.startswith("text/html") else (404, False)), answer


def test_the_command_prints_a_link(signed_in):
    link = signed_in.run("dashboard", "--no-browser").ok().out.strip()
    assert re.fullmatch(r"http://localhost:\d+/dashboard/sign-in\?code=[0-9a-f]{64}", link)
    assert signed_in.run("dashboard", "--json").ok().json()["expires_in"] == 60
