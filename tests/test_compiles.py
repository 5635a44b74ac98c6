"""Compiles: what the child process may do, whose compile comes next, and how much compiling an owner may have."""
import os
import pathlib
import statistics
import threading
import time

import pytest

from support.guests import leb128, tiny_guest, with_custom_section
from support.people import Person
from support.waiting import SANITIZED, eventually

GITHUB = True
SERVER_CONFIG = {"limits": {"deploys_per_hour": 1000, "functions": 100}}


def slow(loops, mark=b""):
    """A component whose only function is expensive to compile. It is no handler, so its deploy fails after the
    compile."""
    get, put = (lambda n: bytes([0x20, 1 + n % 100])), (lambda n: bytes([0x21, 1 + n % 100]))
    code = b"".join(b"\x03\x40" + b"".join(get(3 * k + 5 * j) + get(k + j) + get(k + 2 * j) + b"\x7f\x89" + put(7 * k + j) for j in range(6)) +
                    b"\x20\0\x0d\0\x0b" for k in range(loops))
    body = b"\1" + leb128(100) + b"\x7e" + code + b"\x0b"

    def section(number, content):
        return bytes([number]) + leb128(len(content)) + content
    module = b"\0asm\1\0\0\0" + section(1, b"\1\x60\1\x7f\0") + section(3, b"\1\0") + section(10, b"\1" + leb128(len(body)) + body)
    return with_custom_section(b"\0asm\x0d\0\x01\0" + section(1, module), b"mark", mark)


def children(server):
    """The compile children of the server."""
    out = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"\nPPid:\t{server.pid}\n" in (entry / "status").read_text() and b"\0compile\0" in (entry / "cmdline").read_bytes():
                out.append(entry)
        except OSError:
            pass        # the process has ended meanwhile
    return out


@pytest.fixture
def attack(server):
    """Another owner deploys four slow components at once, again and again."""
    owner, stop = Person(server, f"slow-{time.monotonic_ns()}"), threading.Event()
    owner.compiles = []     # the times at which its compiles ended

    def deploy(number):
        for turn in range(1000):
            if stop.is_set():
                return
            assert owner.upload(f"slow-{number}", slow(1500, b"%d %d" % (number, turn)), verify=False).code == "F0411"
            owner.compiles.append(time.monotonic())
    threads = [threading.Thread(target=deploy, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    yield owner
    stop.set()
    for thread in threads:
        thread.join()


def test_an_owners_compiles_wait_for_each_other(server, attack):
    eventually(lambda: server.prometheus()["faasta_compiles_waiting"] >= 2, 10, "compiles that wait")
    seen = set()

    def two_have_ended():
        seen.add(len(children(server)))
        return len(attack.compiles) >= 2
    eventually(two_have_ended, 60, "two compiles")
    assert max(seen) == 1, seen
    assert server.prometheus()["faasta_compile_cpu_seconds_total"] > 0


def test_another_owners_deploys_do_not_wait_behind_them(server, attack):
    """In one line for all owners, each deploy would wait until several slow compiles have ended."""
    victim = Person(server, "quick")
    eventually(lambda: server.prometheus()["faasta_compiles_waiting"] >= 2, 10, "compiles that wait")
    waited_for = []
    for number in range(15):
        before = len(attack.compiles)
        assert victim.upload("quick", tiny_guest(number), verify=False).status == 201
        waited_for.append(len(attack.compiles) - before)
    assert statistics.median(waited_for) == 0 and max(waited_for) <= 2, waited_for


@pytest.mark.skipif(SANITIZED, reason="under a sanitizer the child has no sandbox")
def test_the_child_can_only_compile(server, attack):
    def state():
        for child in children(server):
            try:
                status = dict(line.split(":\t", 1) for line in (child / "status").read_text().splitlines() if ":\t" in line)
                # Under tests/check_unit, each process has a filter from its beginning.
                if status["Seccomp"] == "2" and (child / "oom_score_adj").read_text().strip() == "1000":
                    return {"status": status, "environment": (child / "environ").read_bytes(),
                            "files": {os.readlink(file) for file in (child / "fd").iterdir()}, "limits": (child / "limits").read_text()}
            except (OSError, KeyError):
                pass
        return None
    found = eventually(state, 10, "a child in its sandbox, which the kernel ends first if memory is short")
    assert found["status"]["NoNewPrivs"] == "1", found
    assert found["environment"].startswith(b"RAYON_NUM_THREADS=") and found["environment"].count(b"\0") == 1, found
    assert not any(name.startswith(("socket:", "/dev/shm")) or ".db" in name for name in found["files"]), found
    assert "Max cpu time              60 " in found["limits"], found


def test_the_time_of_compiles_has_a_quota(make_server, github):
    from support.server import merged
    server = make_server(merged(github.config(), {"limits": {"compile_seconds_per_hour": 1}}))
    person = Person(server, "mona")
    assert person.upload("slow", slow(3000), verify=False).code == "F0411"
    used = server.prometheus()["faasta_compile_cpu_seconds_total"]
    assert used > 0
    answer = person.upload("slow", slow(3000, b"again"), verify=False)
    if used > 0.1:      # less than a second of the quota is left
        assert (answer.status, answer.code) == (429, "F0221"), answer
        wait = int(answer.header("retry-after"))
        assert 3600 * used - 60 <= wait <= 3600 * used + 60, (used, wait)
    assert Person(server, "lisa").upload("quick", tiny_guest(1), verify=False).status == 201
    assert person.api("GET", "/v1/me").json()["quota"]["compile_seconds_per_hour"] == 1


def test_the_quota_of_functions_is_counted_before_a_compile(make_server, github):
    from support.server import merged
    server = make_server(merged(github.config(), {"limits": {"functions": 1}}))
    person = Person(server, "mona")
    answers = []
    threads = [threading.Thread(target=lambda number=number: answers.append(person.upload(f"one-of-{number}", tiny_guest(number), verify=False)))
               for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [201, 403, 403, 403], answers
    compiled = [path for path in (server.data / "compiled").rglob("*.cwasm")]
    assert len(compiled) == 1, compiled
