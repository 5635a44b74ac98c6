"""Fixtures: the server under test, shared by all tests of a file or made for one test, and the CLI with its own home
folder."""
import os
import signal

import pytest

from support.cli import Cli
from support.github import Github
from support.server import Server, merged


# A shell in the background has its programs ignore SIGINT. The programs under test inherit that, and tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--update", action="store_true", help="write the files in tests/golden instead of comparing with them")


def pytest_configure(config):
    if config.getoption("--update"):
        os.environ["FAASTA_GOLDEN"] = "write"


@pytest.fixture(scope="module")
def github():
    """The stand-in for GitHub."""
    running = Github()
    yield running
    running.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory, request):
    """One server per test file. The file's SERVER_CONFIG overrides the defaults, and its SERVER_ARGUMENTS are added to
    the usual arguments. If the file sets GITHUB, people sign in to the server with GitHub."""
    folder, config = tmp_path_factory.mktemp("server"), getattr(request.module, "SERVER_CONFIG", {})
    if getattr(request.module, "GITHUB", False):
        config = merged(request.getfixturevalue("github").config(), config)
    with Server(folder, config, arguments=getattr(request.module, "SERVER_ARGUMENTS", ())) as running:
        yield running
        assert running.stop() == 0, running.log_file.read_text()[-3000:]


@pytest.fixture(autouse=True)
def alive(request):
    """A test fails if the file's server dies during the test. The tests after it get a new server on the same data."""
    server = request.getfixturevalue("server") if "server" in request.fixturenames and "make_server" not in request.fixturenames else None
    yield
    if server is not None and server.process.poll() is not None:
        code, log = server.process.returncode, server.log_file.read_text(errors="replace")[-3000:]
        server.start()
        pytest.fail(f"the server died ({code}):\n{log}")


@pytest.fixture(autouse=True)
def fresh_github(request):
    """In a file with GITHUB, each test starts with a stand-in that approves every sign-in and has no faults."""
    if getattr(request.module, "GITHUB", False):
        request.getfixturevalue("github").reset(request.getfixturevalue("server"))


@pytest.fixture
def make_server(tmp_path):
    """Starts servers with the test's own settings: make_server({"limits": {...}})."""
    servers = []

    def make(config=None, start=True, **options):
        server = Server(tmp_path / f"server{len(servers)}", config, **options)
        servers.append(server)
        return server.start() if start else server

    yield make
    for server in servers:
        server.kill()


@pytest.fixture
def cli(tmp_path):
    return Cli(tmp_path / "home")


@pytest.fixture
def signed_in(cli, server):
    """The CLI, signed in to the file's server."""
    cli.server = server
    cli.run("login", "--with-token", stdin=server.token).ok()
    return cli
