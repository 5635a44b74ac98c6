"""Sends 2,000 requests/s while a function is deployed and rolled back 100 times. No request fails. Each answer is of
exactly one version, and this version was live at a moment between the first byte of the request and the last byte of
the answer."""
import re
import threading
import time

from support.guests import version_guest, version_mark
from support.http1 import Connection, request
from support.waiting import SANITIZED

SERVER_CONFIG = {"limits": {"kept_versions": 200}}
WORKERS, RATE, CHANGES = 8, 2000, 100


class Client(threading.Thread):
    """Sends requests at a fixed rate on one connection. If a request is late, the next ones follow at once."""

    def __init__(self, address, pace):
        super().__init__()
        self.address, self.pace, self.stop = address, pace, threading.Event()
        self.seen, self.failures = [], []

    def run(self):
        data = request("GET", "/", "live.localhost")
        with Connection(self.address, 30) as connection:
            due = time.monotonic()
            while not self.stop.is_set():
                due += self.pace
                start = time.monotonic()
                if due > start:
                    time.sleep(due - start)
                start = time.monotonic()
                try:
                    answer = connection.exchange(data)
                    if answer.status != 200 or not answer.whole or not re.fullmatch(rb"VERSION-\d{8}", answer.body):
                        self.failures.append(repr(answer))
                    else:
                        self.seen.append((start, time.monotonic(), int(answer.body[8:])))
                except Exception as error:      # noqa: BLE001 - the test reports it
                    self.failures.append(repr(error))
                    return


def test_deploys_and_rollbacks_under_load(server):
    server.deploy("live", version_guest(0))
    lives = [(0, 0.0, 0.0)]                     # (mark, time of the request for the change, time of its acknowledgement)
    rate = RATE if not SANITIZED else 200
    clients = [Client(server.address, WORKERS / rate) for _ in range(WORKERS)]
    begin = time.monotonic()
    for client in clients:
        client.start()
    rollbacks = []
    marks = {1: 0}
    for change in range(1, CHANGES + 1):
        asked = time.monotonic()
        if change % 2:
            made = server.deploy("live", version_guest(change), verify=change % 4 == 1)
            marks[made["version"]] = mark = change
        else:
            mark = marks[server.rollback("live", None if change % 4 else 1)["version"]]
            rollbacks.append(time.monotonic() - asked)
        lives.append((mark, asked, time.monotonic()))
        assert server.call("live").body == version_mark(mark)       # after the acknowledgement, no other version answers
    for client in clients:
        client.stop.set()
    for client in clients:
        client.join()
    seconds = time.monotonic() - begin
    seen = [answer for client in clients for answer in client.seen]
    failures = [failure for client in clients for failure in client.failures]
    print(f"{len(seen)} answers in {seconds:.1f} s: {len(seen) / seconds:.0f}/s, {CHANGES} changes, {len(failures)} failed, "
          f"rollback under load: median {sorted(rollbacks)[len(rollbacks) // 2] * 1000:.1f} ms at the client")
    assert not failures, failures[:3]
    wrong = [answer for answer in seen if not was_live(lives, *answer)]
    assert not wrong, (len(wrong), wrong[:3])
    assert len(seen) / seconds >= 0.9 * rate or SANITIZED, f"only {len(seen) / seconds:.0f} requests/s were made"


def was_live(lives, start, end, mark):
    """Whether `mark` may have been live at a moment of [start, end]: it was requested before the end, and not replaced
    before the start."""
    for at, (live, asked, _) in enumerate(lives):
        replaced = lives[at + 1][2] if at + 1 < len(lives) else float("inf")
        if live == mark and asked <= end and replaced >= start:
            return True
    return False
