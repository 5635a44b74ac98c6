"""Sign-in with GitHub, further topics: who may sign in and as which owner, pages, limits, the configuration, and that
no secret is stored."""
import json
import pathlib
import subprocess

import pytest

from support.github import ADA, BOB, CLIENT_SECRET, Browser, Client, parameters, refused, sign_in, whoami
from support.guests import version_guest
from support.http1 import request
from support.schema import Document
from support.server import BINARIES, environment
from support.waiting import eventually


GITHUB = True


@pytest.fixture
def client(server):
    return Client(server)


# ---- functions of other owners ----

@pytest.mark.parametrize("name", ["api", "www", "admin", "localhost", "mail", "adm1n", "blog"])
def test_names_that_people_take_for_the_platform_are_reserved(server, github, name):
    answer = server.upload(name, version_guest(1), token=sign_in(server, github, ADA))
    assert (answer.status, answer.code) == (400, "F0202"), answer


def test_strangers_have_quotas(make_server, github):
    strict = make_server(github.config(), roomy=False)
    github.register(strict)
    quota = whoami(strict, sign_in(strict, github, ADA))["quota"]
    assert (quota["functions"], quota["stored_mb"], quota["tokens"], quota["deploys_per_hour"]) == (10, 300, 100, 30), quota


# ---- who may sign in, and as which owner ----

def test_a_suspended_owner_cannot_sign_in(github, server):
    mallory = {"id": 1666, "login": "mallory"}
    token = sign_in(server, github, mallory)
    subprocess.run([BINARIES / "faastad", "admin", "--data", server.data, "suspend", "mallory"], check=True, timeout=60, env=environment())
    client = Client(server)
    refused(client.redeem(client.through_github().returned["code"]), 403, "F0210")
    eventually(lambda: server.api("GET", "/v1/me", token=token).status == 403, 5, "the token to be refused")


@pytest.mark.parametrize("allow, user, good", [({"allowed_logins": ["bob-b"]}, BOB, True), ({"allowed_logins": ["bob-b"]}, ADA, False), ({"allowed_ids": [1001]}, ADA, True),
                                               ({"allowed_ids": [1001]}, BOB, False), ({"allowed_logins": ["bob-b"], "allowed_ids": [1001]}, ADA, True)], ids=str)
def test_the_allow_list(github, make_server, allow, user, good):
    picky = make_server(github.config(**allow))
    github.register(picky)
    github.control(user=user)
    client = Client(picky)
    returned = client.through_github().returned
    assert ("code" in returned) if good else (returned["error"] == "login_not_allowed"), returned


def test_a_renamed_owner_keeps_everything_and_the_old_name_gets_nothing(github, server):
    token = sign_in(server, github, {"id": 2001, "login": "carol"})
    answer = server.api("POST", "/v1/functions/carols/versions", version_guest(1), ["content-type: application/wasm"], token=token)
    assert answer.status == 201, answer
    renamed = sign_in(server, github, {"id": 2001, "login": "caroline"})
    assert whoami(server, renamed)["owner"]["login"] == "caroline"
    assert server.api("GET", "/v1/functions/carols", token=renamed).status == 200
    newcomer = sign_in(server, github, {"id": 2002, "login": "carol"})
    assert whoami(server, newcomer)["owner"]["id"] != whoami(server, renamed)["owner"]["id"]
    refused(server.api("GET", "/v1/functions/carols", token=newcomer), 404, "F0204")
    assert server.api("GET", "/v1/functions", token=newcomer).json()["functions"] == []
    assert server.api("GET", "/v1/functions/carols", token=token).status == 200


# ---- pages and limits ----

def test_answers_have_the_shape_that_the_openapi_document_gives_them(github, server, client):
    document = Document(server.api("GET", "/v1/openapi.json", token="none").json())

    def shaped(path, method, answer, status):
        assert answer.status == status, answer
        described = document.response(path, method, status)
        schema = described["content"]["application/json"]["schema"]
        assert not document.errors(answer.json(), schema), document.errors(answer.json(), schema)
    shaped("/v1/login", "GET", server.api("GET", "/v1/login", token="none"), 200)
    shaped("/v1/login/token", "POST", client.redeem(client.through_github().returned["code"]), 200)
    github.control(device="approve")
    offer = server.api("POST", "/v1/login/device", {}, token="none")
    shaped("/v1/login/device", "POST", offer, 200)
    shaped("/v1/login/device/token", "POST", eventually(lambda: (answer := poll(server, offer.json())).status == 200 and answer, 10, "a token"), 200)
    for path, page in (("/v1/login/start", Browser().get(client.start_url())), ("/v1/login/callback", Browser().get(f"{client.origin}/v1/login/callback"))):
        described = document.response(path, "GET", page.status)
        assert page.response.header("content-type").split(";")[0] in described["content"], page


def test_pages_let_nothing_in_and_nothing_out(client):
    for page in (Browser().get(f"{client.origin}/v1/login/callback?state=x"), Browser().get(client.start_url())):
        policy = page.response.header("content-security-policy")
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, page
        assert page.response.header("referrer-policy") == "no-referrer" and page.response.header("cache-control") == "no-store"
    (cookie,) = Browser().get(client.start_url()).response.all("set-cookie")
    assert {"HttpOnly", "SameSite=Lax", "Path=/v1/login", "Max-Age=600"} <= {part.strip() for part in cookie.split(";")}, cookie


def test_behind_https_the_cookie_belongs_to_the_host(github, make_server):
    behind = make_server({**github.config(), }, arguments=[])
    behind.stop()
    behind.config_file.write_text('public_url = "https://example.com"\nbase_domain = "example.com"\n' + behind.config_file.read_text())
    behind.base_domain = "example.com"
    behind.start()
    client = Client(behind)
    target = client.start_url().removeprefix(client.origin)
    with behind.connect() as connection:
        answer = connection.exchange(request("GET", target, "api.example.com"))
    (cookie,) = answer.all("set-cookie")
    assert cookie.startswith("__Host-faasta-login-") and {"Secure", "Path=/", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}, cookie
    assert "Domain" not in cookie
    assert parameters(answer.header("location"))["redirect_uri"] == "https://api.example.com/v1/login/callback"


def test_sign_ins_from_one_address_are_limited(github, make_server):
    strict = make_server({"github": github.config()["github"]})
    github.register(strict)
    client = Client(strict)
    statuses = [Browser().get(client.start_url()).status for _ in range(11)]
    assert statuses == [303] * 10 + [429], statuses
    page = Browser().get(client.start_url())
    assert page.code == "F0217" and int(page.response.header("retry-after")) >= 1, page
    answer = strict.api("POST", "/v1/login/device", {}, token="none")
    assert (answer.status, answer.code) == (429, "F0217") and int(answer.header("retry-after")) >= 1, answer
    answers = [client.redeem("0" * 64) for _ in range(121)]
    refused(answers[0], 400, "F0304")
    refused(answers[-1], 429, "F0217")
    assert not github.calls("device_code")


def test_a_server_with_a_single_owner_says_so(make_server):
    alone = make_server()
    client = Client(alone)
    assert alone.api("GET", "/v1/login", token="none").json() == {
        "mode": "single-owner", "browser": False, "device": False, "token_file": str(alone.data / "owner.token")}
    for path in ("start", "callback"):
        page = Browser().get(f"{client.origin}/v1/login/{path}")
        assert (page.status, page.code) == (404, "F0301"), page
    for path in ("token", "device", "device/token"):
        refused(alone.api("POST", f"/v1/login/{path}", {}, token="none"), 404, "F0301")


# ---- the configuration ----

@pytest.mark.parametrize("github_settings, said", [
    ({"client_id": "x"}, "github.client_id has no secret"), ({"client_secret": "x"}, "no github.client_id"),
    ({"client_id": "x", "client_secret": "y", "client_secret_file": "z"}, "both given"), ({"client_id": "x", "client_secret_file": "not-there"}, "client_secret_file"),
    ({"client_id": "x", "client_secret": "y", "url": "http://github.example"}, "github.url"), ({"client_id": "x", "client_secret": "y", "api_url": "http://github.example"}, "github.api_url"),
    ({"client_id": "x", "client_secret": "y", "url": "github.com"}, "github.url"), ({"client_id": "x", "client_secret": "y", "allowed_ids": ["ada"]}, "must be a list of numbers"),
    ({"client_id": "x", "client_secret": "y", "allowed_logins": [""]}, "allowed_logins"), ({"client_id": "x", "client_secret": "y", "scope": "repo"}, "there is no setting 'github.scope'"),
    ({"client_id": "x", "client_secret": "two words"}, "control character")], ids=str)
def test_a_wrong_configuration_is_told_at_the_start(tmp_path, github_settings, said):
    file = tmp_path / "faastad.toml"
    file.write_text("[github]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in github_settings.items()))
    done = subprocess.run([BINARIES / "faastad", "--config", file, "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
                          capture_output=True, text=True, timeout=60, env=environment(), cwd=tmp_path)
    assert done.returncode == 2 and "F0801" in done.stderr and said in done.stderr, done


# ---- no usable secret is stored ----

def test_no_secret_is_left_in_files_logs_or_the_process(github, make_server):
    settings = github.config()
    del settings["github"]["client_secret"]
    careful = make_server(settings, start=False)
    careful.more_environment = {"FAASTAD_GITHUB_CLIENT_SECRET": CLIENT_SECRET}
    careful.start()
    github.register(careful)
    secrets = {CLIENT_SECRET}
    for _ in range(3):
        client, browser = Client(careful), Browser()
        callback = client.callback_of(browser)
        secrets |= {client.verifier, client.state, *parameters(callback).values(), *browser.cookies["api.localhost"].values()}
        page = browser.get(callback)
        answer = client.redeem(page.returned["code"])
        secrets |= {page.returned["code"], answer.json()["token"]}
        assert client.redeem(page.returned["code"]).status == 400 and browser.get(callback).status == 400
    github.control(fault={"access_token": "500"})
    failed = Client(careful)
    assert failed.through_github().returned["error"] == "github_unreachable"
    github.control(fault={}, device="approve")
    device = careful.api("POST", "/v1/login/device", {}, token="none").json()
    signed_in = eventually(lambda: (answer := poll(careful, device)).status == 200 and answer.json(), 10, "the device's token")
    secrets |= {failed.verifier, failed.state, device["device_code"], signed_in["token"], *github.secrets()}
    assert whoami(careful, signed_in["token"])["owner"]["login"] == "ada"
    process = pathlib.Path(f"/proc/{careful.pid}")
    places = {f"/proc/PID/{name}": (process / name).read_bytes() for name in ("environ", "cmdline")}
    assert careful.stop() == 0
    places |= {str(path): path.read_bytes() for path in careful.folder.rglob("*") if path.is_file()}
    assert any(name.endswith("faasta.db") for name in places) and any(name.endswith("server.log") for name in places)
    found = [(name, secret) for name, content in places.items() for secret in secrets if len(secret) > 10 and secret.encode() in content]
    assert not found, found


def poll(server, device):
    return server.api("POST", "/v1/login/device/token", {"device_code": device["device_code"]}, token="none")
