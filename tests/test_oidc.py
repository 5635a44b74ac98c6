"""CI jobs deploy without a stored secret: a token of the CI service for a token of this server, and 30 forged tokens for
none."""
import hashlib
import hmac
import json
import socket
import threading
import time

import pytest

from support.guests import version_guest
from support.issuer import Issuer, Key, encoded
from support.people import Person
from support.waiting import eventually


@pytest.fixture(scope="module")
def issuer():
    running = Issuer()
    yield running
    running.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory, issuer):
    from support.server import Server
    with Server(tmp_path_factory.mktemp("server"), {"auth": {"oidc_issuers": [issuer.url], "logins_per_minute": 1_000_000}}) as running:
        issuer.audience = f"http://api.localhost:{running.address[1]}"
        yield running
        assert running.stop() == 0


def trust(server, function, token=None, **more):
    answer = server.api("POST", "/v1/trusts", {"function": function, "repository": "Acme/Shop", "issuer": more.pop("issuer", None) or TRUSTED[server], **more}, token=token)
    assert answer.status == 201, answer
    return answer.json()


TRUSTED = {}


@pytest.fixture(autouse=True)
def known(server, issuer):
    TRUSTED[server] = issuer.url
    issuer.keys, issuer.claims, issuer.broken = issuer.keys[:1], {}, False


def sign_in(server, token, function):
    from support.http1 import request
    body = json.dumps({"token": token, "function": function}).encode()
    with server.connect() as connection:
        return connection.exchange(request("POST", "/v1/login/oidc", server.host("api"), ["connection: close"], body))


def test_a_job_deploys_and_nothing_else(server, issuer):
    trust(server, "shop")
    answer = sign_in(server, issuer.token(), "shop")
    assert answer.status == 200 and answer.json()["scopes"] == ["deploy:shop"], answer
    token = answer.json()["token"]
    assert server.upload("shop", version_guest(1), token=token).status == 201
    assert server.upload("other", version_guest(1), token=token).code == "F0211"
    assert server.api("DELETE", "/v1/functions/shop", token=token).code == "F0211" and server.api("GET", "/v1/trusts", token=token).code == "F0211"
    from datetime import datetime, timezone
    left = datetime.fromisoformat(answer.json()["expires_at"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
    assert 14 * 60 < left.total_seconds() <= 15 * 60
    shown = next(one for one in server.api("GET", "/v1/trusts").json()["trusts"] if one["function"] == "shop")
    assert (shown["repository"], shown["repository_id"]) == ("acme/shop", "7001") and shown["used_at"]


def test_es256(server, issuer):
    issuer.keys.append(Key("curve", "ES256"))
    trust(server, "curve")
    eventually(lambda: sign_in(server, issuer.token(issuer.keys[1]), "curve").status == 200, 60, "the new key to be fetched")


def forged(issuer):
    """Tokens that must not be accepted, and the claim that the answer names."""
    key, now = issuer.keys[0], int(time.time())
    other = Key(key.name)
    public = key.pem()
    nothing = lambda text: b""
    hs256 = lambda secret: lambda text: hmac.new(secret, text, hashlib.sha256).digest()
    yield "alg none", issuer.token(head={"alg": "none"}, signature=nothing), "three parts"
    yield "alg none with a signature", issuer.token(head={"alg": "none"}), "algorithm"
    yield "alg None", issuer.token(head={"alg": "NONE"}, signature=lambda text: b"x"), "algorithm"
    yield "no signature", issuer.token(signature=nothing), "three parts"
    yield "HS256 with the public key", issuer.token(head={"alg": "HS256"}, signature=hs256(public)), "algorithm"
    yield "HS256 with the modulus", issuer.token(head={"alg": "HS256"}, signature=hs256(key.public()["n"].encode())), "algorithm"
    yield "RS512", issuer.token(head={"alg": "RS512"}), "algorithm"
    yield "ES256 by an RSA key", issuer.token(head={"alg": "ES256"}), "signature"
    yield "another key with the same id", issuer.token(other), "signature"
    yield "an unknown key", issuer.token(other, head={"kid": "unknown"}), "kid"
    yield "no key", issuer.token(head={"kid": None}), "no key"
    yield "crit", issuer.token(head={"crit": ["exp"]}), "extension"
    yield "a key in the head", issuer.token(other, head={"jwk": other.public(), "kid": "mine"}), "kid"
    yield "an address in the head", issuer.token(other, head={"jku": issuer.url + "/keys", "kid": "mine"}), "kid"
    yield "another audience", issuer.token(aud="https://api.example.com"), "aud"
    yield "no audience", issuer.token(aud=None), "aud"
    yield "audience with a slash", issuer.token(aud=issuer.audience + "/"), "aud"
    yield "expired", issuer.token(exp=now - 1), "exp"
    yield "no end", issuer.token(exp=None), "exp"
    yield "an end that is a text", issuer.token(exp=str(now + 300)), "exp"
    yield "an end far away", issuer.token(exp=now + 10 * 86400), "exp"
    yield "not yet valid", issuer.token(nbf=now + 300), "nbf"
    yield "made in the future", issuer.token(iat=now + 300), "iat"
    yield "no id", issuer.token(jti=None), "jti"
    yield "issuer look-alike", issuer.token(iss=issuer.url + "/"), "iss"
    yield "issuer as a prefix", issuer.token(iss=issuer.url + ".evil.example"), "iss"
    yield "issuer with a user", issuer.token(iss=issuer.url.replace("http://", "http://x@")), "iss"
    yield "no issuer", issuer.token(iss=None), "iss"
    yield "another repository", issuer.token(repository="evil/shop"), "repository"
    yield "a repository that begins the same", issuer.token(repository="acme/shop-evil"), "repository"
    yield "another id of the repository", issuer.token(repository_id="7002"), "repository_id"
    yield "another id of the owner", issuer.token(repository_owner_id="43"), "repository_owner_id"
    yield "no id of the repository", issuer.token(repository_id=None), "repository_id"
    yield "another branch", issuer.token(ref="refs/heads/evil"), "ref"
    yield "a pull request", issuer.token(ref="refs/pull/1/merge"), "ref"
    yield "no branch", issuer.token(ref=None), "ref"
    head, claims, signature = issuer.token().split(".")
    changed = encoded(json.dumps(issuer.job(repository="acme/shop", aud=issuer.audience, sub="x")).encode())
    yield "changed claims", f"{head}.{changed}.{signature}", "signature"
    yield "a fourth part", f"{head}.{claims}.{signature}.x", "three parts"
    yield "two parts", f"{head}.{claims}", "three parts"
    yield "padding", f"{head}.{claims}.{signature}==", "base64url"
    yield "empty", "", "three parts"
    yield "a token of this server", "faa_x", "three parts"
    yield "too long", "a" * 17_000 + ".b.c", "16 KiB"


def test_forged_tokens(server, issuer):
    trust(server, "guarded", ref="refs/heads/main")
    assert sign_in(server, issuer.token(), "guarded").status == 200, "the honest one"
    before, accepted, seen = issuer.fetches, [], 0
    for name, token, needle in forged(issuer):
        answer = sign_in(server, token, "guarded")
        seen += 1
        if answer.status == 200:
            accepted.append(name)
        else:
            assert (answer.status, answer.code) == (403, "F0313") and needle in answer.json()["detail"], (name, answer)
    assert not accepted and seen > 40, accepted
    assert issuer.fetches - before <= 1, "unknown keys do not make the server fetch again and again"


def test_a_token_works_once(server, issuer):
    trust(server, "once")
    token, answers = issuer.token(), []
    threads = [threading.Thread(target=lambda: answers.append(sign_in(server, token, "once"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [403] * 7, answers
    server.restart()
    issuer.audience = f"http://api.localhost:{server.address[1]}"
    again = issuer.token(jti=json.loads(__import__("base64").urlsafe_b64decode(token.split(".")[1] + "=="))["jti"])
    assert "jti" in sign_in(server, again, "once").json()["detail"], "also after a restart"


def test_an_environment_of_the_repository(server, issuer):
    trust(server, "prod", environment="production")
    assert "environment" in sign_in(server, issuer.token(), "prod").json()["detail"]
    assert "environment" in sign_in(server, issuer.token(environment="staging"), "prod").json()["detail"]
    assert sign_in(server, issuer.token(environment="production"), "prod").status == 200


def test_functions_and_owners_are_apart(server, issuer):
    trust(server, "apart")
    assert sign_in(server, issuer.token(), "another").code == "F0313"
    stranger = Person(server, "trusting-stranger")
    trust(server, "apart", token=stranger.token)
    assert "several owners" in sign_in(server, issuer.token(), "apart").json()["detail"], "nobody has the function yet"
    server.deploy("apart", version_guest(1))
    assert sign_in(server, issuer.token(), "apart").json()["login"] != "trusting-stranger"
    assert server.api("POST", "/v1/trusts", {"function": "apart", "repository": "a/b", "issuer": issuer.url}, token=stranger.token).code == "F0207"
    mine = [one for one in server.api("GET", "/v1/trusts").json()["trusts"] if one["function"] == "apart"]
    assert len(mine) == 1
    assert server.api("DELETE", f"/v1/trusts/{mine[0]['id']}", token=stranger.token).code == "F0315"
    assert server.api("DELETE", f"/v1/trusts/{mine[0]['id']}").status == 200
    assert sign_in(server, issuer.token(), "apart").code == "F0313"


REFUSED = [({"repository": "x"}, "F0101"), ({"repository": "a b/c"}, "F0101"), ({"repository": "/c"}, "F0101"), ({"repository": "a/" + "b" * 300}, "F0101"), ({"function": "X"}, "F0201"),
           ({"issuer": "https://evil.example"}, "F0101"), ({"more": "x"}, "F0104"), ({"ref": 1}, "F0101")]


@pytest.mark.parametrize("change, code", REFUSED, ids=[str(change)[:40] for change, _ in REFUSED])
def test_trusts_that_are_refused(server, issuer, change, code):
    body = {"function": "refused", "repository": "acme/shop", "issuer": issuer.url, **change}
    assert server.api("POST", "/v1/trusts", body).code == code


def test_trusts_have_a_limit(server, issuer):
    person = Person(server, "many-trusts")
    for number in range(100):
        trust(server, f"many-{number}", token=person.token)
    assert server.api("POST", "/v1/trusts", {"function": "one-more", "repository": "a/b", "issuer": issuer.url}, token=person.token).code == "F0209"


@pytest.mark.parametrize("scope, status", [("deploy", 403), ("read", 403), ("admin", 200)])
def test_trusts_are_for_admin(server, scope, status):
    person = Person(server, f"trusts-{scope}", scope)
    assert person.api("GET", "/v1/trusts").status == status
    assert person.api("DELETE", "/v1/trusts/1").status == (404 if status == 200 else 403)


def test_an_issuer_that_does_not_answer(make_server):
    issuer = Issuer()
    server = make_server({"auth": {"oidc_issuers": [issuer.url]}})
    issuer.audience, issuer.broken = f"http://api.localhost:{server.address[1]}", True
    TRUSTED[server] = issuer.url
    trust(server, "shop")
    answer = sign_in(server, issuer.token(), "shop")
    assert (answer.status, answer.code) == (502, "F0314"), answer
    assert issuer.asked == 1
    for _ in range(5):
        answer = sign_in(server, issuer.token(), "shop")
        assert (answer.status, answer.code) == (502, "F0314") and 0 < int(answer.header("retry-after")) <= 30, answer
    assert issuer.asked == 1, "an issuer that is down is asked once in 30 seconds"
    issuer.close()


def test_an_issuer_that_hangs_does_not_delay_the_others(make_server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging, issuer = f"http://127.0.0.1:{silent.getsockname()[1]}", Issuer()
        server = make_server({"auth": {"oidc_issuers": [hanging, issuer.url]}})
        issuer.audience, TRUSTED[server] = f"http://api.localhost:{server.address[1]}", issuer.url
        trust(server, "shop")
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(sign_in(server, issuer.token(iss=hanging), "shop")))
        waiting.start()
        with silent.accept()[0]:    # the fetch is under way, and gets no answer
            assert sign_in(server, issuer.token(), "shop").status == 200
            assert not answers, "the other one waits still"
            waiting.join()
        assert answers[0].code == "F0314", answers
        issuer.close()


def test_a_key_that_is_too_short(make_server):
    issuer = Issuer()
    issuer.keys.append(Key("small", bits=1024))
    server = make_server({"auth": {"oidc_issuers": [issuer.url]}})
    issuer.audience = f"http://api.localhost:{server.address[1]}"
    TRUSTED[server] = issuer.url
    trust(server, "shop")
    assert "signature" in sign_in(server, issuer.token(issuer.keys[1]), "shop").json()["detail"]
    assert sign_in(server, issuer.token(), "shop").status == 200
    issuer.close()


def test_the_cli_deploys_as_a_job(server, issuer, cli):
    cli.server = server
    cli.run("login", "--with-token", stdin=server.token).ok()
    folder = cli.home / "shop-cli"
    folder.mkdir()
    (folder / "faasta.toml").write_text('name = "shop-cli"\n[build]\ncommand = "true"\nartifact = "out.wasm"\n')
    (folder / "out.wasm").write_bytes(version_guest(1))
    cli.run("trust", "github", "acme/shop", "--issuer", issuer.url, "--ref", "main", cwd=folder).ok()
    assert "refs/heads/main" in cli.run("trust", "list").ok().out
    cli.run("logout").ok()
    job = {"ACTIONS_ID_TOKEN_REQUEST_URL": issuer.url + "/token?x=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job-secret", "GITHUB_OUTPUT": str(folder / "outputs"), "GITHUB_STEP_SUMMARY": str(folder / "summary")}
    cli.run("deploy", "--oidc", cwd=folder).fails(3, "F0203", "id-token: write")
    done = cli.run("deploy", "--oidc", "--json", cwd=folder, env=job).ok()
    assert done.json()["version"] == 1 and server.call("shop-cli").status == 200
    assert (folder / "outputs").read_text() == f"url={done.json()['url']}\nversion=1\n" and "shop-cli version 1" in (folder / "summary").read_text()
    issuer.claims = {"ref": "refs/heads/other"}
    cli.run("deploy", "--oidc", cwd=folder, env=job).fails(3, "F0313", "ref: 'refs/heads/other'")
    (folder / "out.wasm").write_bytes(version_guest(2))
    issuer.claims = {}
    cli.run("deploy", "--oidc", cwd=folder, env={"FAASTA_OIDC_TOKEN": issuer.token() + "\n"}).ok()
    cli.run("login", "--with-token", stdin=server.token).ok()
    number = next(one["id"] for one in server.api("GET", "/v1/trusts").json()["trusts"] if one["function"] == "shop-cli")
    cli.run("trust", "remove", number).ok()
    cli.run("trust", "remove", number).fails(4, "F0315")
