"""Each template of `faasta new`: it builds, answers on a server with the usual limits, reads a variable, sends a request,
passes its own test, and answers anew after a saved change."""
import contextlib
import os
import signal
import subprocess
import time

import pytest

from support.cli import Cli
from support.cli_schema import differences
from support.far import Far
from support.http1 import Connection, request
from support.server import Server, free_port
from support.templates import SOURCES, TESTS, build_environment, change, new_project
from support.waiting import eventually

MINUTE = 60


@pytest.fixture(scope="module")
def far():
    with Far() as running:
        yield running


@pytest.fixture(scope="module")
def server(far, tmp_path_factory):
    with Server(tmp_path_factory.mktemp("templates"), {"outbound": {"reachable": [far.address]}}) as running:
        yield running


class Project:
    def __init__(self, cli, language, far):
        self.cli, self.language, self.env = cli, language, build_environment(language)
        self.name = f"made-by-{language}"
        self.folder = new_project(cli, language, self.name)
        toml = self.folder / "faasta.toml"
        change(toml, 'GREETING = "hello"', 'GREETING = "moin"')
        change(toml, "https://example.com", far.origin)

    def run(self, *arguments, seconds=900):
        return self.cli.run(*arguments, cwd=self.folder, env=self.env, seconds=seconds)


@pytest.fixture(scope="module", params=SOURCES)
def project(request, server, far, tmp_path_factory):
    cli = Cli(tmp_path_factory.mktemp(request.param) / "home")
    cli.server = server
    cli.run("login", "--with-token", stdin=server.token).ok()
    return Project(cli, request.param, far)


def test_it_is_deployed_and_answers(project, server, far):
    start = time.monotonic()
    built = project.run("build", "--json").ok().json()
    built_after = time.monotonic()
    project.run("deploy").ok()
    answer = server.call(project.name)
    print(f"{project.language}: {built['size']} bytes, {len(built['imports'])} imports, built in {built_after - start:.1f} s, deployed in {time.monotonic() - built_after:.1f} s")
    assert (answer.status, answer.text) == (200, f"moin from {project.name}\n"), answer
    assert server.call(project.name, "/nothing").status == 404
    relayed = server.call(project.name, "/upstream")
    assert (relayed.status, relayed.text) == (203, "far away"), relayed
    assert far.heads[-1][0] == "/", far.heads[-1]
    eventually(lambda: any(entry["kind"] in ("stdout", "stderr") and "/" in entry["text"] for entry in server.logs(project.name)), 10, "a line of the function in its log")


def test_its_core_module_becomes_a_component(project):
    if project.language not in ("c", "cpp", "go"):
        pytest.skip("the tools of this language make components themselves")
    made = project.run("componentize", "dist/core.wasm", "--wit", "wit", "--world", "function", "--output", "dist/again.wasm", "--json").ok().json()
    assert not differences([["componentize", made]])
    assert (project.folder / made["path"]).read_bytes() == (project.folder / "dist/function.wasm").read_bytes()


def test_a_request_that_is_not_allowed_is_an_answer(project, server):
    """The function answers 502 with the reason, and does not fail."""
    toml = project.folder / "faasta.toml"
    allowed = toml.read_text()
    try:
        toml.write_text(allowed.split("\n# Outgoing requests")[0])
        project.run("deploy").ok()
        refused = server.call(project.name, "/upstream")
        assert refused.status == 502 and refused.text, refused
    finally:
        toml.write_text(allowed)


def test_its_own_test_passes_and_can_fail(project):
    env = project.cli.environment(project.env) | {"RUSTC_BOOTSTRAP": "", "PATH": os.environ["PATH"]}
    for name in ("RUSTC", "RUSTC_BOOTSTRAP", "CARGO_UNSTABLE_BUILD_STD"):       # for the machine itself
        env.pop(name, None)

    def own_test():
        return subprocess.run(["sh", "-c", TESTS[project.language]], cwd=project.folder, env=env, capture_output=True, text=True, timeout=10 * MINUTE)
    done = own_test()
    assert done.returncode == 0, done
    sources = [path for path in project.folder.glob("src/*") if path.is_file()] + list(project.folder.glob("main.go"))
    broken = {path: path.read_text() for path in sources if f" from {project.name}" in path.read_text() or "nothing at" in path.read_text()}
    try:
        for path, text in broken.items():       # the first place: in Rust, the tests are in the same file
            path.write_text(text.replace(f" from {project.name}", " of nobody", 1).replace("StatusCode::NOT_FOUND", "StatusCode::OK", 1))
        assert own_test().returncode != 0, "the test does not see that the function is broken"
    finally:
        for path, text in broken.items():
            path.write_text(text)


@contextlib.contextmanager
def dev(project, port):
    process = project.cli.start("dev", "--json", "--port", port, cwd=project.folder, env=project.env)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=MINUTE)


def test_a_saved_change_answers(project):
    """`faasta dev` builds again, and serves the new version."""
    port = free_port()

    def get(target):
        with Connection(("127.0.0.1", port)) as connection:
            return connection.exchange(request("GET", target, f"localhost:{port}")).text
    with dev(project, port):
        eventually(lambda: answers(lambda: get("/nothing"), "there is nothing"), 5 * MINUTE, "the first version")
        change(project.folder / SOURCES[project.language], "there is nothing", "we have nothing")
        eventually(lambda: answers(lambda: get("/nothing"), "we have nothing"), 5 * MINUTE, "the changed version")
        assert get("/") == f"moin from {project.name}\n"


def answers(get, text):
    try:
        return text in get()
    except OSError:
        return False
