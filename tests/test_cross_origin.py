"""Pages of listed origins may use the API in a browser; pages of other origins may not."""
import subprocess

import pytest

from support.guests import guest
from support.http1 import request
from support.server import BINARIES

LISTED, OTHER = "https://play.example.com", "https://evil.example"
SERVER_CONFIG = {"api": {"cors_origins": [LISTED, "http://localhost:5173"]}}
ALLOW = "access-control-allow-origin"
PREFLIGHT = ["access-control-request-method: POST", "access-control-request-headers: authorization, content-type"]


@pytest.fixture(scope="module")
def paged(server):
    server.deploy("paged", guest("hello-raw"))


@pytest.mark.parametrize("origin, allowed", [(LISTED, LISTED), ("http://localhost:5173", "http://localhost:5173"), (OTHER, None), ("null", None)])
@pytest.mark.parametrize("path", ["/v1/functions", "/v1/functions/nobody", "/v1/nothing", "/v1/functions/paged/logs"])
def test_answers(server, paged, origin, allowed, path):
    answer = server.api("GET", path, headers=[f"origin: {origin}"])
    assert answer.header(ALLOW) == allowed, answer
    assert answer.header("access-control-allow-credentials") is None


@pytest.mark.parametrize("origin, allowed", [(LISTED, LISTED), (OTHER, None)])
def test_the_question_of_a_browser_needs_no_token(server, origin, allowed):
    with server.connect() as connection:
        answer = connection.exchange(request("OPTIONS", "/v1/functions/paged/versions", "api.localhost", [f"origin: {origin}", *PREFLIGHT]))
    assert answer.status == 204 and answer.header(ALLOW) == allowed, answer
    assert (answer.header("access-control-max-age") == "600") == (allowed is not None)


def test_a_function_answers_its_own_pages_itself(server, paged):
    answer = server.call("paged", headers=[f"origin: {LISTED}"])
    assert answer.status == 200 and answer.header(ALLOW) is None


def test_a_wrong_origin_stops_the_start(make_server):
    server = make_server({"api": {"cors_origins": ["*"]}}, start=False)
    done = subprocess.run([BINARIES / "faastad", "--config", server.config_file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "api.cors_origins" in done.stderr and "is not taken" in done.stderr, done
