"""The OpenAPI document describes the server: the routes, methods and shapes are the same."""
import re

import pytest

from support.guests import REPOSITORY, guest, version_guest
from support.schema import Document

CONTRACT = {
    "/v1/functions": {"GET"}, "/v1/functions/{name}": {"GET", "DELETE"}, "/v1/functions/{name}/versions": {"GET", "POST"},
    "/v1/functions/{name}/deploys": {"GET"}, "/v1/functions/{name}/rollback": {"POST"}, "/v1/functions/{name}/difference": {"GET"},
    "/v1/functions/{name}/aliases": {"GET", "POST", "DELETE"}, "/v1/functions/{name}/lock": {"POST", "DELETE"}, "/v1/functions/{name}/assets": {"POST", "PUT"}, "/v1/trusts": {"GET", "POST"}, "/v1/trusts/{id}": {"DELETE"}, "/v1/login/oidc": {"POST"},
    "/v1/functions/{name}/rollout": {"GET", "POST"}, **{f"/v1/functions/{{name}}/rollout/{step}": {"POST"} for step in ("promote", "abort", "pause", "resume")}, "/v1/top": {"GET"}, "/v1/functions/{name}/trace": {"GET"}, "/v1/functions/{name}/cron": {"GET"}, "/v1/functions/{name}/cron/run": {"POST"}, "/v1/functions/{name}/logs": {"GET"}, "/v1/functions/{name}/metrics": {"GET"},
    "/v1/me": {"GET"}, "/v1/policy": {"GET"}, "/v1/tokens": {"GET", "POST"}, "/v1/tokens/current": {"DELETE"}, "/v1/tokens/{id}": {"DELETE"}, "/v1/openapi.json": {"GET"},
    "/v1/login": {"GET"}, "/v1/login/start": {"GET"}, "/v1/login/callback": {"GET"}, "/v1/login/token": {"POST"}, "/v1/login/device": {"POST"},
    "/v1/login/device/token": {"POST"}, "/healthz": {"GET"}, "/readyz": {"GET"},
}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


@pytest.fixture(scope="module")
def document(server):
    for number in (1, 2):
        server.deploy("shaped", version_guest(number))
    server.deploy("shaped-trap", "trap", verify=False)
    for target in ("/before", "/early", "/nothing"):
        server.call("shaped-trap", target)
    answer = server.api("GET", "/v1/openapi.json")
    assert answer.status == 200 and answer.header("content-type").startswith("application/json"), answer
    return Document(answer.json())


def test_it_is_there_without_a_token(server, document):
    from support.http1 import request
    with server.connect() as connection:
        assert connection.exchange(request("GET", "/v1/openapi.json", "api.localhost")).status == 200


def test_it_is_openapi_3_1(document):
    assert document.document["openapi"].startswith("3.1.")
    assert document.document["info"]["title"] and document.document["info"]["version"]
    names = [operation.get("operationId") for *_, operation in document.operations()]
    assert None not in names and len(set(names)) == len(names), names


def test_every_reference_leads_somewhere(document):
    def walk(node):
        if isinstance(node, dict):
            document.resolve(node)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
    walk(document.document)


def test_the_routes_of_the_contract_are_in_it(document):
    routes = {}
    for path, method, _ in document.operations():
        routes.setdefault(path, set()).add(method)
    for path, methods in CONTRACT.items():
        assert methods <= routes.get(path, set()), (path, routes.get(path))


def test_every_route_in_it_exists_and_takes_no_other_method(server, document):
    routes = {}
    for path, method, _ in document.operations():
        routes.setdefault(path, set()).add(method)
    for path, methods in routes.items():
        filled = re.sub(r"\{\w+\}", "not-there-at-all", path)
        for method in METHODS:
            answer = server.api(method, filled)
            if method in methods:
                assert answer.status != 405 and (answer.header("content-type") != "application/problem+json" or answer.code != "F0102"), (method, path, answer)
            else:
                assert (answer.status, answer.code) == (405, "F0103"), (method, path, answer)
                allowed = {one.strip() for one in answer.header("allow").split(",")}
                assert allowed - {"HEAD", "OPTIONS"} == methods - {"HEAD", "OPTIONS"}, (path, allowed, methods)


REQUESTS = [
    ("GET", "/healthz", {}), ("GET", "/readyz", {}), ("GET", "/v1/me", {}), ("GET", "/v1/policy", {}), ("GET", "/v1/tokens", {}), ("DELETE", "/v1/tokens/{id}", {}),
    ("POST", "/v1/tokens", {"body": {"name": "shaped", "scopes": ["read"]}}), ("POST", "/v1/tokens", {"body": {"name": "shaped", "scopes": ["write"]}}),
    ("DELETE", "/v1/tokens/current", {}), ("GET", "/v1/functions", {}), ("GET", "/v1/functions/{name}", {}),
    ("GET", "/v1/functions/{name}", {"name": "nothere"}), ("GET", "/v1/functions/{name}/versions", {}), ("GET", "/v1/functions/{name}/deploys", {}), ("GET", "/v1/functions/{name}/metrics", {}),
    ("GET", "/v1/functions/{name}/metrics", {"name": "shaped-trap"}), ("POST", "/v1/functions/{name}/rollback", {"body": {"version": 1}}),
    ("POST", "/v1/functions/{name}/rollback", {"body": {}}), ("POST", "/v1/functions/{name}/rollback", {"body": {"version": 77}}),
    ("POST", "/v1/functions/{name}/rollback", {"body": {"versoin": 77}}), ("POST", "/v1/functions/{name}/versions", {"upload": b""}),
    ("POST", "/v1/functions/{name}/versions", {"upload": b"\0asm\1\0\0\0"}), ("DELETE", "/v1/functions/{name}", {"name": "nothere"}),
    ("GET", "/v1/functions/{name}/logs", {"name": "nothere"}), ("GET", "/v1/functions/{name}/logs", {"query": "?tail=x"}), ("GET", "/v1/functions", {"token": "wrong"}),
    ("GET", "/v1/domains", {}), ("GET", "/v1/domains", {"query": "?host=a_b"}), ("GET", "/v1/functions/{name}/domains", {}),
    ("POST", "/v1/functions/{name}/domains", {"body": {"host": "shop.example"}}), ("POST", "/v1/functions/{name}/domains/check", {"body": {"host": "shop.example"}}),
    ("DELETE", "/v1/functions/{name}/domains", {"query": "?host=shop.example"}),
    ("POST", "/v1/functions/{name}/secrets", {"body": {"KEY": "x"}}), ("GET", "/v1/functions/{name}/secrets", {}), ("POST", "/v1/functions/{name}/secrets", {"body": {"2": "x"}}),
    ("POST", "/v1/functions/{name}/secrets", {"body": {"KEY": "y"}}), ("POST", "/v1/functions/{name}/secrets/rollback", {"body": {"name": "KEY"}}),
    ("DELETE", "/v1/functions/{name}/secrets", {"query": "?name=KEY"}), ("DELETE", "/v1/functions/{name}/secrets", {"query": "?name=KEY"}),
    ("POST", "/v1/functions/{name}/assets", {"body": {"files": {"/a": {"sha256": "0" * 64, "size": 3, "type": "text/plain"}}}}), ("POST", "/v1/functions/{name}/assets", {"body": {"files": 1}}),
    ("POST", "/v1/trusts", {"body": {"function": "shaped", "repository": "acme/shop"}}), ("POST", "/v1/trusts", {"body": {}}), ("GET", "/v1/trusts", {}), ("DELETE", "/v1/trusts/{id}", {}), ("POST", "/v1/login/oidc", {"body": {"token": "x", "function": "shaped"}}),
    ("PUT", "/v1/functions/{name}/assets", {"query": "?sha256=" + "1" * 64}), ("PUT", "/v1/functions/{name}/assets", {}),
    ("DELETE", "/v1/functions/{name}", {"name": "Bad_Name"}), ("GET", "/v1/login", {}), ("GET", "/v1/login/start", {}), ("GET", "/v1/login/callback", {}),
    ("POST", "/v1/login/token", {"body": {}}), ("POST", "/v1/login/device", {"body": {}}), ("POST", "/v1/login/device/token", {"body": {}}),
]


@pytest.mark.parametrize("method, path, more", REQUESTS, ids=[f"{method} {path} {more}" for method, path, more in REQUESTS])
def test_answers_have_their_shape(server, document, method, path, more):
    filled = path.replace("{name}", more.get("name", "shaped")) + more.get("query", "")
    if "upload" in more:
        answer = server.api(method, filled, more["upload"], ["content-type: application/wasm"])
    else:
        answer = server.api(method, filled, more.get("body"), token=more.get("token"))
    matches(document, path, method, answer)


def test_answers_of_a_deploy_and_a_delete_have_their_shape(server, document):
    path = "/v1/functions/{name}/versions"
    for component in (version_guest(1), version_guest(2), version_guest(2)):
        answer = server.upload("shaped-new", component)
        assert answer.status in (200, 201)
        matches(document, path, "POST", answer)
    matches(document, "/v1/functions/{name}", "DELETE", server.api("DELETE", "/v1/functions/shaped-new"))


def matches(document, path, method, answer):
    described = document.response(path, method, answer.status)
    assert described is not None, f"{method} {path} says nothing of {answer.status}: {answer}"
    if not answer.body:
        assert not described.get("content"), (path, answer)
        return
    kind = answer.header("content-type").split(";")[0]
    assert kind in described["content"], (kind, described)
    if kind.endswith("json"):
        errors = document.errors(answer.json(), described["content"][kind].get("schema", True))
        assert not errors, "\n".join(errors)


def test_log_entries_have_their_shape(server, document):
    import json
    server.deploy("shaped-log", "log", verify=False)
    answer = server.call("shaped-log", "/?n=2")
    server.logged_call("shaped-log", answer.header("x-request-id"))
    answer = server.api("GET", "/v1/functions/shaped-log/logs?tail=100")
    described = document.response("/v1/functions/{name}/logs", "GET", 200)
    kind = answer.header("content-type").split(";")[0]
    assert kind in described["content"] and "text/event-stream" in described["content"], described
    for line in answer.text.splitlines():
        errors = document.errors(json.loads(line), described["content"][kind].get("schema", True))
        assert not errors, "\n".join(errors)


def test_every_error_code_is_documented(server, document):
    """The codes that the document lists are those of docs/errors.md."""
    known = set(re.findall(r"^\| (F\d{4}) \|", (REPOSITORY / "docs" / "errors.md").read_text(), re.MULTILINE))
    assert set(re.findall(r'"(F\d{4})"', str(document.document).replace("'", '"'))) <= known


def test_query_parameters_of_the_upload_are_the_documented_ones(server, document):
    """The server accepts each documented parameter and refuses any other."""
    operation = dict(((path, method), operation) for path, method, operation in document.operations())[("/v1/functions/{name}/versions", "POST")]
    names = {document.resolve(one)["name"] for one in operation["parameters"] if document.resolve(one)["in"] == "query"}
    assert {"sha256", "cpu_ms", "timeout_ms", "memory_mb", "outbound", "message", "verify", "allow_new"} <= names, names
    values = {"sha256": None, "cpu_ms": 20, "timeout_ms": 1000, "memory_mb": 16, "outbound": "https://a.example", "message": "m", "verify": "true"}
    answer = server.upload("shaped-all", guest("hello-wat"), **{key: value for key, value in values.items() if value is not None})
    assert answer.status == 201, answer
    answer = server.api("POST", "/v1/functions/shaped-all/versions?undocumented=1", guest("hello-wat"), ["content-type: application/wasm"])
    assert answer.status == 400, answer
