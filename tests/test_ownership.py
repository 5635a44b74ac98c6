"""No owner can see, change or detect the resources of others. Each kind of token is tested with each route and each
resource."""
import re

import pytest

from support.guests import guest
from support.http1 import request
from support.people import Person, add_token
from support.waiting import eventually

ANY, READ, DEPLOY, ADMIN = "any", "read", "deploy", "admin"
# Every route that needs a token, the scope that it needs, and a body. {name} is a function, {id} a token.
ROUTES = [
    ("GET", "/v1/top", ANY, None), ("GET", "/v1/me", ANY, None), ("GET", "/v1/functions", ANY, None),
    ("GET", "/v1/functions/{name}", READ, None), ("GET", "/v1/functions/{name}/versions", READ, None),
    ("GET", "/v1/functions/{name}/logs", READ, None), ("GET", "/v1/functions/{name}/metrics", READ, None),
    ("POST", "/v1/functions/{name}/rollback", DEPLOY, {"version": 1}), ("DELETE", "/v1/functions/{name}", ADMIN, None),
    ("GET", "/v1/functions/{name}/difference?from=v1&to=v2", READ, None), ("GET", "/v1/functions/{name}/aliases", READ, None),
    ("GET", "/v1/functions/{name}/cron", READ, None), ("GET", "/v1/functions/{name}/trace", READ, None),
    ("GET", "/v1/domains", ANY, None), ("GET", "/v1/functions/{name}/domains", READ, None), ("DELETE", "/v1/functions/{name}/domains", DEPLOY, None),
    ("POST", "/v1/functions/{name}/domains", DEPLOY, {"host": "shop.example"}), ("POST", "/v1/functions/{name}/domains/check", DEPLOY, {"host": "shop.example"}),
    ("POST", "/v1/dashboard/link", ANY, None), ("GET", "/v1/tokens", ADMIN, None), ("DELETE", "/v1/tokens/{id}", ADMIN, None),
    ("POST", "/v1/tokens", ADMIN, {"name": "x", "scopes": ["read"]}),
]
# Routes that change what later requests find: a test of their own takes them in this order.
RELEASES = [
    ("POST", "/v1/functions/{name}/aliases", DEPLOY, {"label": "beta", "version": 1}), ("DELETE", "/v1/functions/{name}/aliases?label=beta", DEPLOY, None),
    ("POST", "/v1/functions/{name}/lock", DEPLOY, {"reason": "a fair"}), ("DELETE", "/v1/functions/{name}/lock", DEPLOY, None),
    ("POST", "/v1/functions/{name}/rollout", DEPLOY, {"version": 2, "stages": [{"percent": 5, "for_s": 60}, {"percent": 100}]}), ("GET", "/v1/functions/{name}/rollout", READ, None),
    *(("POST", f"/v1/functions/{{name}}/rollout/{step}", DEPLOY, None) for step in ("pause", "resume", "promote")),
    ("POST", "/v1/functions/{name}/rollback", DEPLOY, {"version": 1}),
]
# The scopes of a token, and what they allow for the function `mine` and for `mine-too` of the same owner.
SCOPES = {
    "admin": ({READ, DEPLOY, ADMIN}, {READ, DEPLOY, ADMIN}), "deploy": ({READ, DEPLOY}, {READ, DEPLOY}), "read": ({READ}, {READ}),
    "deploy:mine": ({READ, DEPLOY}, set()), "deploy:mine read": ({READ, DEPLOY}, {READ}), "deploy:theirs deploy:nothere": (set(), set()),
}


@pytest.fixture(scope="module")
def people(server):
    me, other = Person(server, "me"), Person(server, "other")
    for person, names in ((me, ("mine", "mine-too")), (other, ("theirs",))):
        for name in names:
            for component in ("hello-wat", "hello-raw"):
                assert person.upload(name, component).status == 201
            assert server.call(name).status == 200
    return me, other


def test_the_table_has_every_route(server):
    document = server.api("GET", "/v1/openapi.json").json()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method, operation in methods.items()
                 if method in ("get", "post", "delete", "put", "patch") and operation.get("security") != []}
    secrets = "/v1/functions/{name}/secrets"
    # The upload, secrets and the revocation of the own token are tested below. Every token may read the policy.
    covered = {(method, path.partition("?")[0]) for method, path, *_ in ROUTES + RELEASES} | {("POST", "/v1/functions/{name}/versions"), ("DELETE", "/v1/tokens/current"), ("GET", "/v1/policy")}
    covered |= {("GET", secrets), ("POST", secrets), ("DELETE", secrets), ("POST", secrets + "/rollback")}
    covered |= {("POST", "/v1/functions/{name}/rollout/abort"), ("POST", "/v1/functions/{name}/cron/run")}
    covered |= {(method, "/v1/functions/{name}/assets") for method in ("POST", "PUT")}      # tests/test_asset_uploads.py
    covered |= {("GET", "/v1/trusts"), ("POST", "/v1/trusts"), ("DELETE", "/v1/trusts/{id}")}       # tests/test_oidc.py
    covered |= {("GET", "/v1/functions/{name}/deploys")}       # a function that is not there may get its first deploy: below
    assert described <= covered, described - covered


def test_the_deploys_of_others_are_not_shown(server, people):
    me, _ = people
    token = add_token(server, me.owner, "deploy")
    theirs, nothing = (server.api("GET", f"/v1/functions/{name}/deploys", token=token) for name in ("theirs", "nothere"))
    assert theirs.status == 200 and theirs.json()["deploys"] == nothing.json()["deploys"] == [], (theirs, nothing)
    reading = server.api("GET", "/v1/functions/mine/deploys", token=add_token(server, me.owner, "read"))
    assert reading.status == 403, reading


def anonymous(answer, name):
    """An answer without the parts that differ between requests, and without the name in the request."""
    text = re.sub(r'"request_id":"[^"]*"', "", answer.text).replace(f"'{name}'", "''")
    return answer.status, re.sub(f"(and this needs .*)deploy:{name}'", r"\1deploy:'", text)


@pytest.mark.parametrize("method, path, needs, body", [row for row in ROUTES + RELEASES if "{name}" in row[1]])
def test_what_belongs_to_others_is_as_if_it_were_not_there(server, people, method, path, needs, body):
    me, _ = people
    for scopes in SCOPES:
        token = add_token(server, me.owner, scopes)
        theirs, nothing = (server.api(method, path.replace("{name}", name), body, token=token) for name in ("theirs", "nothere"))
        assert anonymous(theirs, "theirs") == anonymous(nothing, "nothere"), (scopes, theirs)
        assert theirs.status in (403, 404), theirs
    assert server.call("theirs").text == server.call("theirs--v2").text


@pytest.mark.parametrize("scopes", SCOPES)
@pytest.mark.parametrize("method, path, needs, body", [row for row in ROUTES if row[0] != "DELETE" and "{id}" not in row[1]])
def test_a_token_does_what_its_scopes_say(server, people, scopes, method, path, needs, body):
    me, _ = people
    token = add_token(server, me.owner, scopes)
    for name, may in zip(("mine", "mine-too"), SCOPES[scopes]):
        answer = server.api(method, path.replace("{name}", name), body, token=token)
        if needs == ANY or needs in may:
            # A server without a CA has no custom domains, and says so to those who may have them.
            assert answer.status in (200, 201) or answer.code == "F1123", (name, answer)
        else:
            assert (answer.status, answer.code) == (403, "F0211"), (name, answer)


@pytest.mark.parametrize("scopes", SCOPES)
def test_releases_by_scope_and_owner(server, people, scopes):
    me, _ = people
    token = add_token(server, me.owner, scopes)
    for name, may in zip(("mine", "mine-too"), SCOPES[scopes]):
        me.api("POST", f"/v1/functions/{name}/rollback", {"version": 1})
        for method, path, needs, body in RELEASES:
            answer = server.api(method, path.replace("{name}", name), body, token=token)
            if needs in may or answer.code == "F1102":      # a reader finds no rollout
                assert answer.status in (200, 201) or (answer.code == "F1102" and needs == READ), (path, answer)
            else:
                assert (answer.status, answer.code) == (403, "F0211"), (path, answer)
        assert me.api("POST", f"/v1/functions/{name}/rollout/abort").code == "F1102"


@pytest.mark.parametrize("scopes", SCOPES)
def test_a_cron_job_is_run_by_those_who_deploy(server, people, scopes):
    me, _ = people
    token = add_token(server, me.owner, scopes)
    for name, may in zip(("mine", "mine-too"), SCOPES[scopes]):
        answer = server.api("POST", f"/v1/functions/{name}/cron/run", {"job": "tick"}, token=token)
        assert answer.code == ("F1106" if DEPLOY in may else "F0211"), answer      # the functions have no jobs
    theirs, nothing = (server.api("POST", f"/v1/functions/{name}/cron/run", {"job": "tick"}, token=token) for name in ("theirs", "nothere"))
    assert anonymous(theirs, "theirs") == anonymous(nothing, "nothere") and theirs.status in (403, 404), theirs


@pytest.mark.parametrize("scopes", SCOPES)
def test_deletes_are_for_admin(server, people, scopes):
    me = Person(server, "deleter-" + scopes.replace(" ", "-").replace(":", "-"))
    token = add_token(server, me.owner, scopes)
    spare = me.api("POST", "/v1/tokens", {"name": "spare", "scopes": ["read"]}).json()["id"]
    name = "to-delete-" + scopes[:10].replace(" ", "-").replace(":", "-").strip("-") + str(len(scopes))
    assert me.upload(name, "hello-wat").status == 201
    for path in (f"/v1/tokens/{spare}", f"/v1/functions/{name}"):
        answer = server.api("DELETE", path, token=token)
        assert answer.status == 200 if scopes == "admin" else (answer.status, answer.code) == (403, "F0211"), (path, answer)
    assert server.call(name).status == (404 if scopes == "admin" else 200)


@pytest.mark.parametrize("scopes", SCOPES)
def test_uploads_by_scope_and_owner(server, people, scopes):
    me, _ = people
    token = add_token(server, me.owner, scopes)
    mine, too = SCOPES[scopes]
    for name, may in (("mine", mine), ("mine-too", too)):
        answer = server.upload(name, "hello-raw", token=token)
        assert answer.status in (200, 201) if DEPLOY in may else (answer.status, answer.code) == (403, "F0211"), (name, answer)
    # It is not a secret that a name is in use, because the function answers at its address.
    assert server.upload("theirs", "hello-raw", token=token).code in ("F0207", "F0211")
    assert server.call("theirs").status == 200


@pytest.mark.parametrize("scopes", SCOPES)
def test_secrets_by_scope_and_owner(server, people, scopes):
    me, other = people
    token = add_token(server, me.owner, scopes)
    other.api("POST", "/v1/functions/theirs/secrets", {"KEY": "theirs"})
    for name, may in zip(("mine", "mine-too"), SCOPES[scopes]):
        path = f"/v1/functions/{name}/secrets"
        for value in ("one", "two"):
            me.api("POST", path, {"KEY": value})
        steps = [("GET", path, READ, None), ("POST", path, DEPLOY, {"KEY": "x"}), ("POST", path + "/rollback", DEPLOY, {"name": "KEY"}),
                 ("DELETE", path + "?name=KEY", DEPLOY, None)]
        for method, at, needs, body in steps:
            answer = server.api(method, at, body, token=token)
            assert answer.status == 200 if needs in may else (answer.status, answer.code) == (403, "F0211"), (method, at, answer)
    # The secrets of others are as if they were not there. That a name is in use is not a secret.
    listed = server.api("GET", "/v1/functions/theirs/secrets", token=token)
    assert listed.code == "F0211" if listed.status == 403 else listed.json()["secrets"] == [], listed
    assert server.api("POST", "/v1/functions/theirs/secrets", {"KEY": "x"}, token=token).code in ("F0207", "F0211")
    assert server.api("DELETE", "/v1/functions/theirs/secrets?name=KEY", token=token).code in ("F0211", "F1004")
    assert [one["generation"] for one in other.api("GET", "/v1/functions/theirs/secrets").json()["secrets"]] != []


@pytest.mark.parametrize("scopes", SCOPES)
def test_the_list_has_what_may_be_seen(server, people, scopes):
    me, _ = people
    answer = server.api("GET", "/v1/functions", token=add_token(server, me.owner, scopes))
    seen = {function["name"] for function in answer.json()["functions"]}
    assert seen == {name for name, may in zip(("mine", "mine-too"), SCOPES[scopes]) if READ in may}


@pytest.mark.parametrize("method, path, needs, body", ROUTES)
def test_no_token_no_entry(server, people, method, path, needs, body):
    me, _ = people
    wrong = {"expired": add_token(server, me.owner, expires_in=-1), "revoked": add_token(server, me.owner, revoked=True), "unknown": "faa_" + "0" * 49,
             "empty": " ", "a hash": "0" * 64, "cut": me.token[:-1], "another case": me.token.upper()}
    for kind, token in wrong.items():
        answer = server.api(method, path.replace("{name}", "mine").replace("{id}", "1"), body, token=token)
        assert (answer.status, answer.code) == (401, "F0203") or answer.code == "F0217", (kind, answer)
        assert "mine" not in answer.text and (answer.header("www-authenticate") or "").startswith('Bearer realm="faasta"') or answer.code == "F0217", (kind, answer)


@pytest.mark.parametrize("field", ["authorization: Basic eDp5", "authorization: Bearer", "authorization: faa_x", "cookie: token=faa_x", "x-nothing: 1"])
def test_other_ways_to_show_a_token_are_none(server, field):
    with server.connect() as connection:
        answer = connection.exchange(request("GET", "/v1/functions", "api.localhost", [field, "connection: close"]))
    assert answer.status in (400, 401), answer


def test_tokens_of_others_are_not_there(server, people):
    me, other = people
    assert {token["name"] for token in other.api("GET", "/v1/tokens").json()["tokens"]} == {"test"}
    theirs = other.api("POST", "/v1/tokens", {"name": "theirs", "scopes": ["read"]}).json()
    answer, nothing = me.api("DELETE", f"/v1/tokens/{theirs['id']}"), me.api("DELETE", "/v1/tokens/999999")
    assert (answer.status, answer.code) == (nothing.status, nothing.code) == (404, "F0212")
    # This address has sent many wrong tokens in the tests above, so a token that the server has not seen may have to wait.
    still = eventually(lambda: (answer := server.api("GET", "/v1/me", token=theirs["token"])).status != 429 and answer, 30, "an answer")
    assert still.status == 200 and still.json()["owner"]["login"] == "other", still


def test_logs_and_counts_are_the_owners(server, people):
    me, other = people
    before = other.api("GET", "/v1/functions/theirs/metrics").json()
    server.call("theirs")
    assert me.api("GET", "/v1/functions/theirs/logs").code == me.api("GET", "/v1/functions/theirs/metrics").code == "F0204"
    assert other.api("GET", "/v1/functions/theirs/metrics").json() != before


def test_a_deleted_name_brings_nothing_of_its_former_life(server, people):
    me, other = people
    assert me.upload("passed-on", "log", verify=False).status == 201
    assert server.call("passed-on", "/?n=2").status == 200
    eventually(lambda: me.api("GET", "/v1/functions/passed-on/logs?tail=100").text, 5, "the former life's log")
    assert me.api("DELETE", "/v1/functions/passed-on").status == 200
    assert other.upload("passed-on", "hello-raw").code == "F0207"       # the name is reserved for 30 days
    assert other.upload("passed-0n-to", "hello-raw").status == 201        # a similar name is not reserved
    assert me.upload("passed-on", guest("hello-raw")).status == 201
    assert me.api("GET", "/v1/functions/passed-on/logs?tail=100").text == ""
    assert [version["version"] for version in me.api("GET", "/v1/functions/passed-on/versions").json()["versions"]] == [1]
