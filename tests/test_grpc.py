"""gRPC between Google's client and a guest: unary calls, streams in both directions, statuses."""
import json
import os
import subprocess

import pytest

from support.venv import GRPC, python_with
from support.waiting import patient
from support.guests import REPOSITORY


@pytest.fixture(scope="module")
def answers(server):
    server.deploy("grpc", "grpc", verify=False)
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    done = subprocess.run([python_with(GRPC), REPOSITORY / "tests" / "support" / "grpc_calls.py", "%s:%d" % server.address, server.host("grpc")],
                          capture_output=True, text=True, timeout=patient(180), env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_unary_calls(answers):
    assert answers["echo"] == "hello" and answers["empty"] == "" and answers["long"] and answers["many"] == "49"


def test_a_stream_of_the_client(answers):
    assert answers["join"] == "ab" + "c" * 100_000


def test_a_stream_of_the_guest(answers):
    assert answers["split"] == ["one", "two", "three"]


def test_streams_in_both_directions_at_once(answers):
    assert answers["chat"] == ["ONE", "WORD1", "WORD2"]


def test_a_status_in_the_head_alone(answers):
    assert answers["fail"] == ["NOT_FOUND", "no such word"]
    assert answers["unknown"] == ["UNIMPLEMENTED", "no such method"]
