"""Tokens have scopes, are shown once and can be revoked at once; by the API and by `faasta token`."""
import re
import sqlite3
import time

import pytest

from support.guests import version_guest
from support.http1 import request
from support.people import Person, random_token
from support.waiting import eventually, patient

TOKEN = re.compile(r"^faa_[0-9A-Za-z]{49}$")


@pytest.fixture(scope="module")
def person(server):
    return Person(server, "mona")


def make(person, scopes=("read",), **more):
    answer = person.api("POST", "/v1/tokens", {"name": "made", "scopes": list(scopes), **more})
    assert answer.status == 201, answer
    return answer.json()


def test_a_token_works_until_it_is_revoked(server, person):
    token = make(person)
    assert TOKEN.match(token["token"]), token
    assert server.api("GET", "/v1/me", token=token["token"]).json()["token"]["id"] == token["id"]
    assert person.api("DELETE", f"/v1/tokens/{token['id']}").json() == {"id": token["id"], "revoked": True}
    assert server.api("GET", "/v1/me", token=token["token"]).code == "F0203"      # already the next request is refused
    assert person.api("DELETE", f"/v1/tokens/{token['id']}").code == "F0212"


def test_it_expires(server, person):
    token = make(person, expires_in=1)
    end = time.monotonic() + 10
    while (answer := server.api("GET", "/v1/me", token=token["token"])).status == 200 and time.monotonic() < end:
        pass
    assert answer.code == "F0203", answer
    assert token["id"] not in [one["id"] for one in person.api("GET", "/v1/tokens").json()["tokens"]]


def test_its_use_is_noted(server, person):
    token = make(person)
    assert token["last_used_at"] is None
    server.api("GET", "/v1/functions", token=token["token"])
    listed = {one["id"]: one for one in person.api("GET", "/v1/tokens").json()["tokens"]}
    assert listed[token["id"]]["last_used_at"] is not None and "token" not in listed[token["id"]]


def test_a_token_ends_itself(server, person):
    token = make(person)
    assert server.api("DELETE", "/v1/tokens/current", token=token["token"]).json()["revoked"] is True
    assert server.api("GET", "/v1/me", token=token["token"]).status == 401


def held(server, token, head, body, host="api.localhost"):
    """Sends a request except the last byte of its body. Returns a function that sends this byte and returns the
    answer."""
    connection = server.connect()
    lines = [f"authorization: Bearer {token}", f"content-length: {len(body)}", "connection: close", *head[2]]
    connection.send(request(head[0], head[1], host, lines) + body[:-1])

    def finish():
        with connection:
            return connection.send(body[-1:]).read_response(head[0])
    return finish


def test_a_request_under_way_ends_with_its_token(server):
    """The token is revoked while the body arrives: the request makes no token, no deploy and no rollback."""
    person = Person(server, "parked")
    for number in (1, 2):
        assert person.upload("parked", version_guest(number)).status == 201
    thief = make(person, ["admin"])
    component = version_guest(3)
    parked = [held(server, thief["token"], ("POST", "/v1/tokens", ["content-type: application/json"]), b'{"name":"x","scopes":["admin"]}'),
              held(server, thief["token"], ("POST", "/v1/functions/parked/versions", ["content-type: application/wasm"]), component),
              held(server, thief["token"], ("POST", "/v1/functions/parked/rollback", ["content-type: application/json"]), b'{"version":1}')]
    assert server.api("GET", "/v1/me", token=thief["token"]).status == 200
    assert person.api("DELETE", f"/v1/tokens/{thief['id']}").status == 200
    for finish in parked:
        answer = finish()
        assert (answer.status, answer.code) == (401, "F0203"), answer
    assert [version["version"] for version in person.api("GET", "/v1/functions/parked/versions").json()["versions"]] == [2, 1]
    assert person.api("GET", "/v1/functions/parked").json()["version"] == 2
    assert [token["name"] for token in person.api("GET", "/v1/tokens").json()["tokens"]] == ["test"]


@pytest.mark.parametrize("how", ["revoke", "transfer"])
def test_a_stream_of_logs_ends_with_the_right_to_it(server, how):
    import contextlib
    import sqlite3
    person, heir = Person(server, f"streams-{how}"), Person(server, f"heir-{how}")
    name = f"streamed-{how}"
    assert person.upload(name, "log", verify=False).status == 201
    token = make(person, ["read"])
    with server.connect() as stream:
        stream.send(request("GET", f"/v1/functions/{name}/logs", "api.localhost", [f"authorization: Bearer {token['token']}", "accept: text/event-stream", "connection: close"]))
        head = stream.read_head()
        assert head.status == 200
        server.call(name, "/?n=1")
        eventually(lambda: b"stdout" in stream.buffer or stream.fill() and b"stdout" in stream.buffer, 5, "the first entry")
        if how == "revoke":
            assert person.api("DELETE", f"/v1/tokens/{token['id']}").status == 200
        else:
            with contextlib.closing(sqlite3.connect(server.data / "faasta.db", timeout=20)) as database, database:
                database.execute("UPDATE function SET owner = ? WHERE name = ?", (heir.owner, name))
        stream.buffer = b""
        server.call(name, "/?n=1&secret-of-the-heir")
        while stream.fill():
            pass
        assert b"secret" not in stream.buffer and stream.buffer.endswith(b"0\r\n\r\n"), stream.buffer


def test_a_catalog_that_somebody_else_writes_to_can_be_read(server, person):
    import contextlib
    import sqlite3
    assert person.api("GET", "/v1/me").status == 200        # the time of use is stored at most once a minute
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db", timeout=20)) as database:
        database.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        assert person.api("GET", "/v1/me").status == 200
        assert time.monotonic() - start < patient(2)
        database.rollback()


def test_the_token_of_the_data_folder_stays(server):
    assert server.api("DELETE", "/v1/tokens/current").status == 400
    assert server.api("GET", "/v1/me").status == 200


def test_another_token_of_the_data_folder_comes_after_its_revocation(make_server):
    server = make_server()
    before = server.token
    id = server.api("GET", "/v1/me").json()["token"]["id"]
    assert server.api("DELETE", f"/v1/tokens/{id}").status == 200
    assert server.api("GET", "/v1/me").status == 401
    server.restart()
    assert server.token != before and server.api("GET", "/v1/me").status == 200
    assert server.api("GET", "/v1/me", token=before).status == 401
    server.restart()
    assert server.api("GET", "/v1/me").status == 200


@pytest.mark.parametrize("body, code", [
    ({}, "F0101"), ({"name": "x"}, "F0101"), ({"scopes": ["read"]}, "F0101"), ({"name": "", "scopes": ["read"]}, "F0101"),
    ({"name": "x" * 101, "scopes": ["read"]}, "F0101"), ({"name": "a\nb", "scopes": ["read"]}, "F0101"), ({"name": 1, "scopes": ["read"]}, "F0101"),
    ({"name": "x", "scopes": []}, "F0101"), ({"name": "x", "scopes": "read"}, "F0101"), ({"name": "x", "scopes": [1]}, "F0101"),
    ({"name": "x", "scopes": ["write"]}, "F0101"), ({"name": "x", "scopes": ["deploy:No"]}, "F0101"),
    ({"name": "x", "scopes": [f"deploy:one-{number}" for number in range(33)]}, "F0101"),
    ({"name": "x", "scopes": ["read"], "expires_in": 0}, "F0101"), ({"name": "x", "scopes": ["read"], "expires_in": 40_000_000}, "F0101"),
    ({"name": "x", "scopes": ["read"], "expires_in": "1d"}, "F0101"), ({"name": "x", "scopes": ["read"], "ttl": 1}, "F0104"),
])
def test_what_is_no_order_for_a_token(person, body, code):
    answer = person.api("POST", "/v1/tokens", body)
    assert (answer.status, answer.code) == (400, code), answer


@pytest.mark.parametrize("id", ["0", "-1", "x", "1x", "99999999999999999999", "%31", "current2", "1.0"])
def test_what_is_no_token(person, id):
    assert person.api("DELETE", f"/v1/tokens/{id}").code == "F0212"


def test_no_secret_is_kept(server, person):
    """The catalog and the logs do not contain a valid token."""
    secrets = [make(person)["token"], person.token, server.token]
    server.api("GET", "/v1/me", token=secrets[0])
    server.api("GET", f"/v1/functions?token={secrets[0]}")
    with sqlite3.connect(server.data / "faasta.db") as database:
        dump = "\n".join(database.iterdump())
    environment = open(f"/proc/{server.pid}/environ", "rb").read().decode(errors="replace")
    logs = server.log_file.read_text(errors="replace") + "".join(path.read_text(errors="replace") for path in server.data.glob("logs.db*"))
    raw = b"".join(path.read_bytes() for path in server.data.glob("faasta.db*"))
    for secret in secrets:
        assert secret not in dump and secret not in logs and secret not in environment and secret.encode() not in raw


def test_wrong_tokens_slow_down(make_server):
    server = make_server()
    answers = [server.api("GET", "/v1/me", token="faa_" + "1" * 49) for _ in range(70)]
    assert [answer.status for answer in answers[:60]] == [401] * 60
    assert answers[-1].code == "F0217" and int(answers[-1].header("retry-after")) >= 1
    assert server.api("GET", "/v1/me").status == 200         # a valid token is accepted


def test_a_flood_of_wrong_tokens_is_not_looked_up(make_server):
    """Nearly all wrong tokens are refused without a look-up in the catalog. Valid tokens, known or new, are accepted
    all the time."""
    server = make_server()
    fresh = make(server)["token"]
    assert server.api("GET", "/v1/me").status == 200
    with server.connect(60) as connection:
        answers = []
        for _ in range(400):
            connection.send(request("GET", "/v1/me", "api.localhost", [f"authorization: Bearer {random_token()}"]))
            answers.append(connection.read_response("GET").status)
        assert answers[:60] == [401] * 60 and answers[-200:].count(429) > 100
        connection.send(request("GET", "/v1/me", "api.localhost", [f"authorization: Bearer {server.token}"]))
        assert connection.read_response("GET").status == 200
    eventually(lambda: server.api("GET", "/v1/me", token=fresh).status == 200, 5, "a token that was not used before")


# ---- the CLI ----

def test_a_token_for_ci(cli, server, signed_in, tmp_path):
    from support.cli import Cli
    server.deploy("for-ci", "hello-wat")
    server.deploy("not-for-ci", "hello-wat")
    made = signed_in.run("token", "create", "--scope", "deploy:for-ci", "--ttl", "90d").ok()
    token = made.out.strip()
    assert TOKEN.match(token) and token not in made.err and "shown this once" in made.err, made
    from support.guests import guest_file
    component = guest_file("hello-raw")
    ci = Cli(tmp_path / "ci-home")
    ci.server = server
    env = {"FAASTA_TOKEN": token, "CI": "true"}
    assert ci.run("deploy", "--component", component, "--name", "for-ci", "--allow-new", "--json", env=env).ok().json()["version"] == 2
    ci.run("deploy", "--component", component, "--name", "not-for-ci", env=env).fails(3, "error[F0211]", "deploy:not-for-ci", "faasta token create")
    ci.run("delete", "for-ci", "-y", env=env).fails(3, "error[F0211]")
    assert [one["name"] for one in ci.run("list", "--json", env=env).ok().json()["functions"]] == ["for-ci"]
    listed = signed_in.run("token", "list").ok()
    id = next(line.split()[0] for line in listed.out.splitlines() if "deploy:for-ci" in line)
    signed_in.run("token", "revoke", id).ok()
    ci.run("list", env=env).fails(3, "error[F0203]", "faasta login")
    signed_in.run("token", "revoke", id).fails(4, "error[F0212]", "faasta token list")


@pytest.mark.parametrize("arguments, exit, needle", [
    (("token",), 2, "subcommand"), (("token", "create"), 2, "--scope"), (("token", "create", "--scope", "read", "--ttl", "soon"), 2, "--ttl"),
    (("token", "create", "--scope", "write"), 2, "--scope 'write' is not a scope: read, deploy, deploy:NAME and admin are"),
    (("token", "create", "--scope", "deploy:Nope"), 2, "F0701"), (("token", "create", *["--scope", "read"] * 33), 2, "33 times; 32 are allowed"),
    (("token", "create", "--scope", "read", "--ttl", "900d"), 2, "--ttl '900d': a token is valid for 366 days at most"), (("token", "create", "--scope", "read", "--ttl", "0s"), 2, "1 second at least"),
    (("token", "create", "--scope", "read", "--name", "x" * 101), 2, "--name"), (("token", "create", "--scope", "read", "--name", "a\nb"), 2, "--name"),
    (("logs", "hello", "-n", "10001"), 2, "--tail"), (("logs", "hello", "-n", "0"), 2, "--tail"), (("metrics", "hello", "--since", "yesterday"), 2, "--since 'yesterday'"),
    (("token", "revoke", "x"), 2, "ID"), (("token", "revoke", "999999"), 4, "F0212"),
])
def test_what_the_cli_does_not_take(signed_in, arguments, exit, needle):
    signed_in.run(*arguments).fails(exit, needle)


def test_whoami_says_who_and_how_much(signed_in, server):
    ran = signed_in.run("whoami").ok()
    assert ran.out.strip() == "owner" and "owner.token" in ran.err and "functions" in ran.err, ran
    me = signed_in.run("whoami", "--json").ok().json()
    assert me["mode"] == "single-owner" and me["quota"]["kept_versions"] == 10 and me["token"]["scopes"] == ["admin"]
