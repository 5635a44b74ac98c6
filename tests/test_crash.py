"""kill -9 at random moments of a deploy, and starts of the server with many functions."""
import hashlib
import random
import re
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.guests import tiny_guest, tiny_text, version_guest, version_mark
from support.http1 import Broken, Connection, request
from support.server import free_port
from support.waiting import LONG, SANITIZED, eventually, patient

# With sanitizers, a start or a deploy takes seconds. A few kills are enough for the faults that sanitizers find.
KILLS = 300 if LONG else 8 if SANITIZED else 30
FUNCTIONS = 10_000 if LONG else 60 if SANITIZED else 500


def upload_in_thread(server, number):
    """Deploys in a thread. The member `answer` of the thread gets the answer, if one comes."""
    thread = threading.Thread(target=lambda: setattr(thread, "answer", attempt(server, number)))
    thread.answer = None
    thread.start()
    return thread


def attempt(server, number):
    try:
        answer = server.upload("survivor", version_guest(number))
        return answer if answer.whole else None
    except (Broken, OSError):
        return None


def test_kill_at_random_moments_of_a_deploy(make_server):
    server = make_server({"limits": {"kept_versions": 5}})
    server.deploy("survivor", version_guest(0))
    begin = time.monotonic()
    server.deploy("survivor", version_guest(1))
    usual = time.monotonic() - begin
    live, source, outcomes, span = 1, random.Random(9), {"old": 0, "new": 0, "acknowledged": 0}, usual
    for number in range(2, 2 + KILLS):
        thread = upload_in_thread(server, number)
        time.sleep(source.uniform(0, span))          # the kill comes at a random moment
        server.kill()
        thread.join()
        acknowledged = thread.answer is not None and thread.answer.status in (200, 201)
        server.start()
        deadline = time.monotonic() + patient(20)
        while (answer := server.call("survivor")).code == "F0510" and time.monotonic() < deadline:
            pass
        assert answer.body in (version_mark(live), version_mark(number)), (number, answer)
        if acknowledged:
            assert answer.body == version_mark(number), f"acknowledged deploy {number} was lost: {answer}"
        outcomes["acknowledged"] += acknowledged
        changed = answer.body == version_mark(number)
        outcomes["new" if changed else "old"] += 1
        live = number if changed else live
        span *= 0.93 if changed else 1.07                   # so that about half of the kills come after the change
    print(f"{KILLS} kills over {usual * 1000:.0f} ms deploys, the last within {span * 1000:.0f} ms: {outcomes}")
    assert sqlite3.connect(server.data / "faasta.db").execute("pragma integrity_check").fetchone() == ("ok",)
    no_strays(server)


def no_strays(server):
    """Checks that, after a start, every file in the data folder belongs to a version in the catalog or to the server
    itself."""
    known = set()
    for one in server.functions():
        known |= {version["sha256"] for version in server.versions(one["name"])}

    def strays():
        out = []
        for path in server.data.rglob("*"):
            inside = path.relative_to(server.data).as_posix()
            if not path.is_file() or re.fullmatch(r"(faasta|logs|metrics)\.db(-wal|-shm)?|owner\.token|crashes|lock|use|metrics\.lock|faasta\.lock", inside):
                continue
            if inside.startswith(("artifacts/", "compiled/")) and any(sha in path.name for sha in known):
                continue
            if re.search(r"\.(key|secret)$", inside):
                continue
            out.append(inside)
        return out
    eventually(lambda: not strays(), 5, f"a data folder without strays ({strays()[:5]})")
    sums = [path for path in (server.data / "artifacts").rglob("*") if path.is_file()]
    for path in sums:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert digest in path.name, f"{path} holds other bytes than its name says"


@pytest.mark.parametrize("signal_at", ["upload", "delete", "rollback"])
def test_kill_in_other_changes(make_server, signal_at):
    """Repeats one kind of change, and kills the server at the same time. Changes that were acknowledged must stay."""
    server = make_server()
    for number in (1, 2):
        server.deploy("survivor", version_guest(number))
    source = random.Random(signal_at)
    for turn in range(10 if LONG else 4):
        expected = None
        timer = threading.Timer(source.uniform(0.001, 0.05), server.kill)
        timer.start()
        try:
            while True:
                if signal_at == "rollback":
                    version = 1 + turn % 2
                    if server.api("POST", "/v1/functions/survivor/rollback", {"version": version}).status == 200:
                        expected = version_mark(version)
                elif signal_at == "delete":
                    if server.api("DELETE", "/v1/functions/doomed").status in (200, 204):
                        expected = 404
                else:
                    server.connect().send(b"POST /v1/functions/doomed/versions HTTP/1.1\r\nhost: api.localhost\r\ncontent-length: 9999\r\n\r\nxx").close()
        except (Broken, OSError, ValueError, IndexError):
            pass
        timer.join()
        server.kill()
        server.start()
        answer = server.call("survivor")
        assert answer.status == 200 and (signal_at != "rollback" or expected is None or answer.body == expected), answer
        assert signal_at != "delete" or expected is None or server.call("doomed").status == 404
        if signal_at == "delete":
            server.upload("doomed", version_guest(100 + turn))
    no_strays(server)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """A server with FUNCTIONS functions, stopped."""
    from support.server import Server
    server = Server(tmp_path_factory.mktemp("crowded")).start()
    begin = time.monotonic()

    def deploy(number):
        return server.upload_in_turn(f"many-{number}", tiny_guest(number), verify=False, seconds=600).status
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(deploy, range(FUNCTIONS)))
    assert statuses == [201] * FUNCTIONS, {status: statuses.count(status) for status in set(statuses)}
    print(f"{FUNCTIONS} deploys in {time.monotonic() - begin:.0f} s")
    server.stop()
    yield server
    server.kill()


def test_first_answer_after_a_start_with_many_functions(crowded):
    took = []
    for turn in range(5):
        number = (turn * 7919) % FUNCTIONS
        port = free_port()
        begin = time.monotonic()
        crowded.spawn(listen=f"127.0.0.1:{port}")
        while True:
            try:
                with Connection(("127.0.0.1", port), 30) as connection:
                    answer = connection.exchange(request("GET", "/", f"many-{number}.localhost"))
                    break
            except ConnectionRefusedError:
                assert crowded.process.poll() is None and time.monotonic() - begin < 60, crowded.log_file.read_text()[-2000:]
        took.append(time.monotonic() - begin)
        assert answer.body == tiny_text(number), answer
        if turn % 2:
            crowded.kill()
        else:
            crowded.stop()
    print(f"start to first answer with {FUNCTIONS} functions: {', '.join(f'{one * 1000:.0f}' for one in took)} ms")
    assert SANITIZED or sorted(took)[2] <= 1.0, took


def test_every_function_answers_after_the_restart(crowded):
    crowded.start()
    with crowded.connect(60) as connection:
        for number in range(0, FUNCTIONS, max(1, FUNCTIONS // 500)):
            answer = connection.exchange(request("GET", "/", f"many-{number}.localhost"))
            assert answer.body == tiny_text(number), (number, answer)
    crowded.stop()
