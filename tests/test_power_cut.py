"""A power cut at any moment: of a fresh server's start, and of deploys, rollbacks, deletions, secrets, a new key, quotas.
Only bytes and names that the server has synced are sure to be there. What was acknowledged is there, and nothing is mixed
(tests/support/power.py)."""
import contextlib
import json
import shutil
import sqlite3
import subprocess

import pytest

from support.guests import guest_file, version_guest, version_mark
from support.power import Disk, Trace, missed
from support.server import BINARIES, ROOMY, Server, environment
from support.waiting import LONG, eventually
from test_secrets import deploy as deploy_with_settings

# ./dev test tries this number of moments; ./dev check tries each moment after which the disk is another one.
MOMENTS = 20


class Work:
    """What a client does with a server. For each value, a list of (asked, acknowledged, value): places in the trace."""

    def __init__(self, server, trace):
        self.server, self.trace, self.history = server, trace, {}

    def change(self, what, value, act):
        asked = self.trace.place()
        act()
        self.history.setdefault(what, []).append((asked, self.trace.place(), value))

    def allowed(self, what, place, at_first):
        """The values that are right after a power cut at `place`."""
        out = [at_first]
        for asked, acknowledged, value in self.history.get(what, ()):
            if acknowledged <= place:
                out = [value]
            elif asked < place:
                out.append(value)
        return out

    def deploy(self, name, number):
        self.change(name, version_mark(number), lambda: self.server.deploy(name, version_guest(number)))

    def rollback(self, name, number):
        self.change(name, version_mark(number), lambda: self.server.rollback(name))

    def delete(self, name):
        def act():
            answer = self.server.api("DELETE", f"/v1/functions/{name}")
            assert answer.status == 200, answer
        self.change(name, None, act)

    def secret(self, value):
        def act():
            answer = self.server.api("POST", "/v1/functions/env/secrets", json.dumps({"KEY": value}).encode())
            assert answer.status == 200, answer
        self.change("secret", value, act)

    def admin(self, *words):
        done = subprocess.run([BINARIES / "faastad", "admin", "--data", self.server.data, *words], capture_output=True, text=True, env=environment(**self.trace.environment), timeout=60)
        assert done.returncode == 0, done
        return done.stdout

    def quota(self, owner, figure):
        self.change("quota", figure, lambda: self.admin("quota", owner, "functions", str(figure)))


def do_all(work):
    server = work.server
    work.change("start", True, server.start)
    for number in (1, 2, 3):
        work.deploy("changing", number)
    work.deploy("deleted", 4)
    work.secret("one")
    work.change("env", True, lambda: deploy_with_settings(server, "env", "env", required_secrets=["KEY"]))
    work.rollback("changing", 2)
    work.secret("two")
    work.admin("rotate-key")
    work.secret("three")
    work.delete("deleted")
    work.quota("owner", 77)
    work.deploy("deleted", 5)
    work.quota("owner", 78)
    work.deploy("changing", 6)
    server.kill()


def check(work, data, place, folder):
    """Starts a server with the data that a power cut has left."""
    server = Server(folder)
    shutil.move(data, server.data)
    if place % 2:       # then each function must be compiled again, from its component
        shutil.rmtree(server.data / "compiled", ignore_errors=True)
    with server:
        for name in ("changing", "deleted"):
            right = work.allowed(name, place, None)
            # The code of a function may have to be compiled first.
            answer = eventually(lambda name=name: found if (found := server.call(name)).status in (200, 404) else None, 30, f"an answer of {name}")
            assert (answer.body if answer.status == 200 else None) in right, (name, answer, right)
        if work.allowed("env", place, None) == [True]:
            seen = dict(eventually(lambda: found if (found := server.call("env")).status == 200 else None, 30, "an answer of env").json()["env"])
            assert seen["KEY"] in work.allowed("secret", place, None), (seen, work.allowed("secret", place, None))
        quota = server.api("GET", "/v1/me").json()["quota"]["functions"]
        assert quota in work.allowed("quota", place, ROOMY["limits"]["functions"]), quota
        for file in server.data.glob("*.db"):
            # Closed here: a connection that is closed by chance later deletes its file while the folder is deleted.
            with contextlib.closing(sqlite3.connect(file)) as database:
                assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",), file
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """All that a client does, once; and the whole trace."""
    folder = tmp_path_factory.mktemp("power")
    server = Server(folder / "first")
    done = Work(server, Trace(server))
    try:
        do_all(done)
    finally:
        server.kill()
    return done


def test_the_trace_has_each_change(work):
    """Otherwise the power cuts would be of another disk."""
    assert missed(work.trace.disk(), work.server.data) == set()


def test_a_folder_is_durable_before_what_is_in_it(work):
    """A file that was synced, with its name, is lost if the name of its folder is."""
    disk, lost = Disk(), set()
    for _, record in work.trace.records():
        disk.apply(*record)
        path = record[1] if record[0] == "d" else ""
        while path:
            folder, name = disk.split(path)
            if name not in disk.synced[folder]:
                lost.add(path)
            path = folder
    assert not lost


def moments(work):
    """(place, disk) after each record that changes what is durable."""
    disk, before = Disk(), None
    for place, record in work.trace.records():
        disk.apply(*record)
        if record[0] in "sd" and (now := disk.durable()) != before:
            before = now
            yield place, disk


@pytest.mark.parametrize("mixed", [False, True], ids=["what was not synced is lost", "a part of it is lost"])
def test_what_was_acknowledged_survives_a_power_cut(work, tmp_path, mixed):
    count = sum(1 for _ in moments(work))
    every = 1 if LONG else max(1, count // MOMENTS)
    tried = 0
    for number, (place, disk) in enumerate(moments(work)):
        if number % every and number != count - 1:
            continue
        left = tmp_path / "left"
        disk.leave(left, seed=number if mixed else None)
        check(work, left, place, tmp_path / "server")
        tried += 1
    print(f"{tried} of {count} moments")
    assert tried >= min(MOMENTS, count)
