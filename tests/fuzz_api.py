"""Tests the API against its OpenAPI document. schemathesis sends requests of all kinds. No answer may be a server error
or differ from the document. `./dev check` runs it: tests/fuzz_api.py SCHEMATHESIS [CASES]."""
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from support.github import Github
from support.guests import REPOSITORY
from support.people import Person
from support.server import Server, environment

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
          "response_headers_conformance", "unsupported_method", "allow_header_conformance", "ignored_auth")
HOOKS = '''
import schemathesis


@schemathesis.serializer("application/wasm")
def wasm(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
'''
# The limits of an owner who signed in with GitHub would only slow this test down.
UNLIMITED = {"limits": {"deploys_per_hour": 0, "api_requests_per_minute": 0, "requests_per_second_per_owner": 0}}
# These operations revoke the token that all other operations need, so they get a separate run.
LAST = ("revokeToken", "revokeCurrentToken")


def run(schemathesis, server, token, folder, examples, *filters):
    """Returns the number of requests. Ends the program if an answer was wrong."""
    (folder / "hooks.py").write_text(HOOKS)
    command = [schemathesis, "run", REPOSITORY / "docs" / "openapi.json", "--url", f"http://127.0.0.1:{server.address[1]}",
               "-H", "Host: api.localhost", "-H", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS),
               "-n", str(examples), "--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all", "--continue-on-failure", *filters]
    done = subprocess.run(list(map(str, command)), cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=environment(SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(folder)))
    begin = max(done.stdout.find("ERRORS =="), done.stdout.find("FAILURES =="), len(done.stdout) - 20_000) if done.returncode else -1500
    print(done.stdout[begin:], flush=True)
    if done.returncode or server.process.poll() is not None:
        sys.exit(f"schemathesis ended with {done.returncode}, the server with {server.process.poll()}")
    return int(re.search(r"([\d,]+) generated", done.stdout).group(1).replace(",", ""))


def main():
    schemathesis, cases = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Github()) as github, Server(folder, {**github.config(), **UNLIMITED}) as server:
        folder, person = pathlib.Path(folder), Person(server, "fuzz")
        github.reset(server)
        assert person.upload("hello", "hello-wat").status == 201
        made = 0
        while made < cases:
            made += run(schemathesis, server, person.token, folder, max(50, cases // 12), *(word for name in LAST for word in ("--exclude-operation-id", name)))
            assert person.api("GET", "/v1/me").status == 200
        made += run(schemathesis, server, Person(server, "last").token, folder, 100, *(word for name in LAST for word in ("--include-operation-id", name)))
        failed = [line for line in server.log_lines() if line.get("event") in ("api_failed", "handler_failed")]
        assert not failed, failed[:5]
        assert server.stop() == 0
    print(f"{made} requests: no server error, no answer that the document does not describe")


if __name__ == "__main__":
    main()
