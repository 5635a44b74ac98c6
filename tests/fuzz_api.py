"""Tests the API against its OpenAPI document. schemathesis sends requests of all kinds. No answer may be a server error
or differ from the document. `./dev check` runs it: tests/fuzz_api.py SCHEMATHESIS [CASES]."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

from support.github import Github
from support.guests import REPOSITORY
from support.people import Person
from support.server import Server, environment, lasting_port

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
          "response_headers_conformance", "unsupported_method", "allow_header_conformance", "ignored_auth")
HOOKS = '''
import schemathesis


@schemathesis.serializer("application/wasm")
def wasm(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
'''
BASE = "faasta.example"
# The limits of an owner who signed in with GitHub would only slow this test down.
UNLIMITED = {"limits": {"deploys_per_hour": 0, "api_requests_per_minute": 0, "requests_per_second_per_owner": 0}}
# These operations revoke the token that all other operations need, so they get a separate run.
LAST = ("revokeToken", "revokeCurrentToken")
SHOWN_LINES = 60


def with_domains():
    """Settings of a server with custom domains. Neither its resolver nor its CA answers, so no domain gets further than
    to its records: that is the client's mistake, and no server error."""
    nowhere = f"127.0.0.1:{lasting_port()}"
    return {"acme": {"directory": f"https://{nowhere}/directory", "resolver": nowhere, "dns_wait_s": 1}, "tls": {"redirect": False}}


def how_it_ended(server):
    """A text about a server that has ended: the signal or the exit code, and the end of its log."""
    code = server.process.poll()
    if code is None:
        return "the server runs"
    by = f"by {signal.Signals(-code).name}" if code < 0 else f"with {code}"
    lines = server.log_file.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
    return "\n".join([f"the server ended {by}; the end of its log:", *lines])


def run(schemathesis, server, token, folder, examples, *filters):
    """Returns the number of requests. Ends the program if an answer was wrong."""
    (folder / "hooks.py").write_text(HOOKS)
    command = [schemathesis, "run", REPOSITORY / "docs" / "openapi.json", "--url", f"http://127.0.0.1:{server.address[1]}",
               "-H", f"Host: api.{BASE}", "-H", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS),
               "-n", str(examples), "--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all", "--continue-on-failure", *filters]
    done = subprocess.run(list(map(str, command)), cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=environment(SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(folder)))
    begin = max(done.stdout.find("ERRORS =="), done.stdout.find("FAILURES =="), len(done.stdout) - 20_000) if done.returncode else -1500
    print(done.stdout[begin:], flush=True)
    if done.returncode or server.process.poll() is not None:
        sys.exit(f"schemathesis ended with {done.returncode}; {how_it_ended(server)}")
    return int(re.search(r"([\d,]+) generated", done.stdout).group(1).replace(",", ""))


def main():
    schemathesis, cases = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Github()) as github, \
            Server(folder, {**github.config(), **UNLIMITED, **with_domains()}, base_domain=BASE, arguments=["--tls-listen", "127.0.0.1:0"]) as server:
        folder, person = pathlib.Path(folder), Person(server, "fuzz")
        github.reset(server)
        assert person.upload("hello", "hello-wat").status == 201
        added = person.api("POST", "/v1/functions/hello/domains", {"host": "shop.example"})
        assert added.status == 201, added         # the server has custom domains
        made = 0
        while made < cases:        # an example of each operation makes about 25 requests
            made += run(schemathesis, server, person.token, folder, max(50, cases // 25), *(word for name in LAST for word in ("--exclude-operation-id", name)))
            assert person.api("GET", "/v1/me").status == 200
        made += run(schemathesis, server, Person(server, "last").token, folder, 100, *(word for name in LAST for word in ("--include-operation-id", name)))
        failed = [line for line in server.log_lines() if line.get("event") in ("api_failed", "handler_failed")]
        assert not failed, failed[:5]
        code = server.stop()
        assert code == 0, how_it_ended(server)
    print(f"{made} requests: no server error, no answer that the document does not describe")


if __name__ == "__main__":
    main()
