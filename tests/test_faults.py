"""Each file operation of a deploy and of a first call fails once, in each way in which the kernel lets it fail; and the
server is killed at each of them. No acknowledged deploy is lost, no deploy is acknowledged that is not there, and the
server goes on."""
import errno
import itertools
import sqlite3

import pytest

from support.faults import FAIL, KILL, SHORT, Faults
from support.guests import version_guest, version_mark
from support.http1 import Broken
from support.waiting import LONG, SANITIZED, eventually
from test_crash import no_strays

# How a file operation fails, and the operations that fail in this way.
WAYS = {
    "disk full": (FAIL, errno.ENOSPC, ("write", "sync", "truncate", "open", "rename", "link")),
    "I/O error": (FAIL, errno.EIO, ("write", "sync", "truncate", "read", "open")),
    "no descriptor": (FAIL, errno.EMFILE, ("open",)),
    "no memory": (FAIL, errno.ENOMEM, ("map", "open")),
    "half of a write": (SHORT, 0, ("write",)),
}
# Of the operations of a deploy, each EVERYth is tried; ./dev check tries each.
EVERY = 1 if LONG else 40 if SANITIZED else 7
ROUNDS = 10 if LONG else 1              # of kills


def each():
    """The numbers of the operations to try. The loop ends at the first operation that does not exist."""
    return itertools.count(1, EVERY)


class Deploys:
    """Deploys one function again and again; each version has its number in its answer."""

    def __init__(self, make_server):
        self.server = make_server({"limits": {"kept_versions": 3}}, start=False)
        self.faults = Faults(self.server)
        self.server.start()
        self.server.deploy("survivor", version_guest(1))
        self.live = 1

    def attempt(self):
        """Deploys the next version. Returns the answer, or None if the server died."""
        try:
            answer = self.server.upload("survivor", version_guest(self.live + 1))
            return answer if answer.whole else None
        except (Broken, OSError):
            return None

    def check(self, answer, what):
        """Checks that the old or the new version answers, and the new one if it was acknowledged."""
        body = self.body()
        acknowledged = answer is not None and answer.status in (200, 201)
        assert body in (version_mark(self.live), version_mark(self.live + 1)), (what, answer, body)
        assert not acknowledged or body == version_mark(self.live + 1), (what, answer, body)
        self.live += body != version_mark(self.live)

    def body(self):
        """The answer of the function, when its code is there."""
        return eventually(lambda: answer.body if (answer := self.server.call("survivor")).status == 200 else None, 20, "the function answers")

    def finish(self):
        """Checks the data folder after a start without faults."""
        self.server.stop()
        self.server.start()
        assert self.body() == version_mark(self.live)
        assert sqlite3.connect(self.server.data / "faasta.db").execute("pragma integrity_check").fetchone() == ("ok",)
        no_strays(self.server)


@pytest.fixture
def deploys(make_server):
    return Deploys(make_server)


@pytest.mark.parametrize("way", WAYS)
def test_each_operation_of_a_deploy_fails(deploys, way):
    action, error, operations = WAYS[way]
    hits, refused = 0, 0
    for nth in each():
        deploys.faults.arm(action, nth, error, operations)
        answer = deploys.attempt()
        what = deploys.faults.disarm()[1]
        assert answer is not None and deploys.server.process.poll() is None, f"{way} at {what}: the server died"
        deploys.check(answer, what)
        if what is None:
            break
        hits += 1
        refused += answer.status >= 400
        assert answer.status < 400 or answer.code.startswith("F"), (what, answer)
        again = deploys.attempt()
        assert again.status == 201 or again.json().get("unchanged"), f"the deploy after {way} at {what}: {again}"
        deploys.check(again, what)
    print(f"{way}: {hits} operations failed, {refused} deploys were refused")
    assert hits > 0
    deploys.finish()


def kill_at_each(deploys):
    """Kills the server at each operation of a deploy. Returns the numbers of kills and of deploys that were kept."""
    kills, kept = 0, 0
    for nth in each():
        before = deploys.live
        deploys.faults.arm(KILL, nth)
        answer = deploys.attempt()
        what = deploys.faults.disarm()[1]
        if what is not None:
            deploys.server.process.wait()
            deploys.server.start()
        deploys.check(answer, what)
        if what is None:
            return kills, kept
        kills += 1
        kept += deploys.live != before


def test_a_kill_at_each_operation_of_a_deploy(deploys):
    rounds = [kill_at_each(deploys) for _ in range(ROUNDS)]
    kills, kept = map(sum, zip(*rounds))
    print(f"killed at {kills} operations; {kept} of the deploys were kept")
    assert kills > 0 and (EVERY > 1 or kept > 0)
    deploys.finish()


@pytest.mark.parametrize("error", [errno.EIO, errno.EMFILE, errno.ENOMEM], ids=["I/O error", "no descriptor", "no memory"])
def test_each_operation_of_a_first_call_fails(make_server, error):
    server = make_server(start=False)
    faults = Faults(server)
    server.start()
    server.deploy("cold", version_guest(1))
    operations = ("open", "read", "map")

    def first_call(nth):
        server.restart()
        faults.arm(FAIL, nth, error, operations)
        answer = server.call("cold")
        return answer, faults.disarm()[1]

    for nth in each():
        answer, what = first_call(nth)
        if what is None:
            assert nth > 1
            break
        assert answer.status in (200, 404, 500, 503, 507), (what, answer)
        assert server.process.poll() is None, what
        body = eventually(lambda: answer.body if (answer := server.call("cold")).status == 200 else None, 20, f"an answer after {what}")
        assert body == version_mark(1)
