"""200,000 functions of one owner are listed again and again, while functions of another owner get their first calls."""
import contextlib
import os
import pathlib
import sqlite3
import threading

import pytest

from support.guests import tiny_guest, tiny_text
from support.server import Server
from support.waiting import eventually

MANY, COLD, LOOPS, LISTERS = 200_000, 300, 2, 3

# One function for each number from 1 on, with the component of the function 'first'.
FUNCTIONS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO function (name, owner, active, next_version, created, updated)
  SELECT :prefix || printf('%06d', i), :owner, 1, 2, 0, 0 FROM n
"""
VERSIONS = """
INSERT INTO version (function, number, sha256, size, compiled_size, imports, settings, created, message)
  SELECT f.id, 1, v.sha256, v.size, v.compiled_size, v.imports, v.settings, 0, ''
  FROM function f, version v WHERE f.id > :last AND v.function = (SELECT id FROM function WHERE name = 'first')
"""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("crowd"), {"server": {"threads": LOOPS}}) as server:
        server.deploy("first", tiny_guest(1), verify=False)
        server.stop()
        with contextlib.closing(sqlite3.connect(server.data / "faasta.db")) as catalog, catalog:
            last = catalog.execute("SELECT max(id) FROM function").fetchone()[0]
            catalog.execute("INSERT INTO owner (id, github_id, login, created) VALUES (2, 7, 'another', 0)")
            for prefix, owner, count in (("many-", 1, MANY), ("cold-", 2, COLD)):
                catalog.execute(FUNCTIONS, {"prefix": prefix, "owner": owner, "count": count})
            catalog.execute(VERSIONS, {"last": last})
            catalog.execute("UPDATE function SET active = active WHERE id > ?", (last,))     # the trigger makes the routes
        yield server.start()


def pages(server):
    """Yields the names on each page of the list."""
    after = ""
    while True:
        answer = server.api("GET", "/v1/functions" + (f"?after={after}" if after else ""))
        assert answer.status == 200, answer
        page = answer.json()
        yield [function["name"] for function in page["functions"]]
        if "next" not in page:
            return
        after = page["next"]


class Lister(threading.Thread):
    """A client that lists all functions in a loop, until it is told to stop."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.stopping, self.seen, self.failure = server, threading.Event(), 0, None
        self.start()

    def run(self):
        try:
            while not self.stopping.is_set():
                for _page in pages(self.server):
                    self.seen += 1
                    if self.stopping.is_set():
                        return
        except Exception as failure:                # reported by the test that waits for this thread
            self.failure = failure


def test_first_calls_while_others_list(crowd):
    listers = [Lister(crowd) for _ in range(LISTERS)]
    for number in range(1, COLD + 1):
        if number % 30 == 1:                        # the listers still run
            before = [lister.seen for lister in listers]
            eventually(lambda: all(now.seen > then or now.failure for now, then in zip(listers, before)), 30, "a page for each lister")
        answer = crowd.call(f"cold-{number:06}")
        assert (answer.status, answer.body) == (200, tiny_text(1)), answer
    for lister in listers:
        lister.stopping.set()
        lister.join(60)
        assert lister.failure is None and not lister.is_alive(), lister.failure


def test_the_list_is_whole(crowd):
    names = [name for page in pages(crowd) for name in page]
    assert names == ["first"] + [f"many-{number:06}" for number in range(1, MANY + 1)]


def test_each_event_loop_has_a_connection_of_its_own(crowd):
    """The catalog has one connection for writes, one for the look-ups of each loop, and three for the API: one more for each
    further thread that has read at the same time."""
    open_files = [os.readlink(entry) for entry in pathlib.Path(f"/proc/{crowd.pid}/fd").iterdir() if entry.exists()]
    assert 4 + LOOPS <= open_files.count(str(crowd.data / "faasta.db")) <= 8 + LOOPS, open_files
