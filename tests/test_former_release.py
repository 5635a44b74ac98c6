"""Upgrades and downgrades by one release, under load, with the programs of the release before. `./dev check former` builds
them from the commit in `tests/former_release`. A release raises this commit to its own."""
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from support.restart_load import Load
from support.server import BINARIES
from support.waiting import LONG, eventually
from test_supervisor import KINDS, children, replaced, supervised

FORMER = os.environ.get("FAASTA_FORMER_BIN_DIR")
PROGRAMS = ("faasta-supervisor", "faastad")

pytestmark = pytest.mark.skipif(not FORMER, reason="FAASTA_FORMER_BIN_DIR is not set: see ./dev check former")


def install(source, target):
    """As a package manager does it: by a rename."""
    for name in PROGRAMS:
        shutil.copy(pathlib.Path(source) / name, target / (name + ".new"))
        os.rename(target / (name + ".new"), target / name)


def test_upgrades_and_downgrades_lose_nothing(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    install(FORMER, programs)
    count = 20 if LONG else 4
    with supervised(tmp_path / "server", programs=programs) as server:
        server.deploy("hello", "hello-raw")
        with Load(server.address, "hello.localhost", KINDS) as load:
            for number in range(count):
                install(BINARIES if number % 2 == 0 else FORMER, programs)
                before = children(server.process.pid)
                replaced(server, signal.SIGUSR2, 60)
                # What each of the two writes, the other reads: a version, a rollback, a function that goes.
                assert server.deploy("hello", ("hello-c", "hello-raw")[number % 2])["version"] == number + 2
                server.deploy(f"gone-{number}", "hello-raw")
                assert server.call(f"gone-{number}").status == 200
                if number > 0:
                    assert server.api("DELETE", f"/v1/functions/gone-{number - 1}").status in (200, 204)
                assert server.versions("hello")[0]["active"]
                assert server.metrics("hello")["calls"] > 0
                eventually(lambda before=before: before[0] not in children(server.process.pid), 40, "the end of the old server")
            seen = load.ended()
        print(seen)
        assert seen["failed"] == 0, seen["problems"]
        server.stop()
    for faastad in (BINARIES / "faastad", pathlib.Path(FORMER) / "faastad"):
        verified = subprocess.run([faastad, "admin", "--data", server.data, "verify"], capture_output=True, text=True, check=False)
        assert verified.returncode == 0, verified
