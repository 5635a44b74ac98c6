"""The code that runs is the code that was deployed: the server finds a changed, exchanged or cut file before it uses
the file."""
import ctypes
import hashlib
import os
import pathlib
import random
import signal

import pytest

from support.guests import guest, tiny_guest, tiny_text
from support.http1 import request
from support.waiting import eventually

FLIPS = 200 if os.environ.get("FAASTA_LONG") else 40
MARK = b"SNAPSHOT-0000000"


def digest(component):
    return hashlib.sha256(component).hexdigest()


def compiled(server):
    return next((server.data / "compiled").iterdir())


def rewrite(path, data):
    """Writes a new file with the same name, because the old file may be mapped."""
    path.unlink()
    path.write_bytes(data)


def exchange(one, other):
    first, second = one.read_bytes(), other.read_bytes()
    rewrite(one, second)
    rewrite(other, first)


def snapshot(number):
    return guest("snapshot").replace(MARK, b"SNAPSHOT-%07d" % number)


def answers(server, name, text, seconds=60):
    """Waits until the function answers with its own text. Until then, its only other answer may be 503, while altered
    code is compiled again."""
    def right():
        answer = server.call(name)
        assert (answer.status, answer.code) == (503, "F0510") or answer.status == 200, answer
        return answer.status == 200 and (answer.body.startswith(text) or pytest.fail(f"{name} answered {answer.body!r}"))
    eventually(right, seconds, f"the answer of {name}")


def quarantined(server):
    return sorted(path.name for path in (server.data / "compiled").rglob("*.quarantined"))


def counted(server):
    return server.prometheus()["faasta_artifacts_quarantined_total"]


def test_no_flipped_bit_runs(make_server):
    """Flips one random bit in each of many files. Half of these bits are in the machine code."""
    server, count = make_server(), FLIPS
    for number in range(count):
        assert server.upload_in_turn(f"tiny{number}", tiny_guest(number), verify=False).status == 201
    server.stop()
    choice = random.Random(9)
    for number in range(count):
        file = compiled(server) / f"{digest(tiny_guest(number))}.cwasm"
        data = bytearray(file.read_bytes())
        data[choice.randrange(0x1000, 0x3000) if number % 2 else choice.randrange(len(data))] ^= 1 << choice.randrange(8)
        rewrite(file, bytes(data))
    server.start()
    for number in range(count):
        answers(server, f"tiny{number}", tiny_text(number))
    assert server.process.poll() is None
    assert counted(server) == count and len(quarantined(server)) == count
    assert sum(line.get("event") == "quarantined" for line in server.log_lines()) == count


def test_each_part_of_a_file_counts(make_server):
    """A table of damaged files: too short, too long, empty, and damaged in each part of the seal."""
    server = make_server()
    server.deploy("tiny", tiny_guest(1))
    file = compiled(server) / f"{digest(tiny_guest(1))}.cwasm"
    whole = file.read_bytes()
    damages = [b"", whole[:1], whole[:-256], whole[:-1], whole + b"\0", whole[:4096], b"\0" * len(whole), whole[:-256] + b"\0" * 256, whole[-256:], whole + whole[-256:]]
    for part in (0, 8, 12, 16, 24, 28, 32, 64, 128, 160, 255):
        damaged = bytearray(whole)
        damaged[len(whole) - 256 + part] ^= 1
        damages.append(bytes(damaged))
    for number, damage in enumerate(damages, 1):
        server.stop()
        rewrite(file, damage)
        server.start()
        answers(server, "tiny", tiny_text(1))
        eventually(lambda: counted(server) == 1, 10, f"damage {number} is counted")
        # The same engine has compiled the same component again.
        assert len(file.read_bytes()) == len(whole)


def test_exchanged_code_is_not_run(make_server):
    server = make_server()
    for number in (1, 2):
        server.deploy(f"tiny{number}", tiny_guest(number))
    server.stop()
    exchange(*(compiled(server) / f"{digest(tiny_guest(number))}.cwasm" for number in (1, 2)))
    server.start()
    for number in (1, 2):
        answers(server, f"tiny{number}", tiny_text(number))
    assert counted(server) == 2


@pytest.mark.parametrize("damage", ["exchanged images", "a byte of an image", "a byte of the shared code", "the shared code as a function's own"])
def test_functions_with_shared_code(make_server, damage):
    server = make_server()
    for number in (1, 2):
        server.deploy(f"snapshot{number}", snapshot(number), verify=False)
    server.stop()
    images = [compiled(server) / f"{digest(snapshot(number))}.image" for number in (1, 2)]
    shared, = (compiled(server) / "shared").glob("*.cwasm")
    if damage == "exchanged images":
        exchange(*images)
    elif damage == "the shared code as a function's own":
        images[0].with_suffix(".cwasm").write_bytes(shared.read_bytes())
    else:
        file = shared if "shared" in damage else images[0]
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        rewrite(file, bytes(data))
    server.start()
    for number in (1, 2):
        answers(server, f"snapshot{number}", b"SNAPSHOT-%07d" % number)
    if damage != "the shared code as a function's own":           # in this case, the function's own image is used
        assert counted(server) == (2 if damage == "exchanged images" else 1)


def test_code_of_another_server_is_not_run(make_server):
    """A valid file, made by another server from the same component, by the same engine."""
    server, other = make_server(), make_server()
    for one in (server, other):
        one.deploy("tiny", tiny_guest(1))
        one.deploy("snapshot", snapshot(1), verify=False)
        one.stop()
    assert compiled(server).name.rsplit("-", 1)[0] == compiled(other).name.rsplit("-", 1)[0], "the engine is the same"
    files = [path.relative_to(compiled(server)) for path in compiled(server).rglob("*") if path.suffix in (".cwasm", ".image")]
    assert len(files) == 3
    for file in files:
        rewrite(compiled(server) / file, (compiled(other) / file).read_bytes())
    server.start()
    answers(server, "tiny", tiny_text(1))
    answers(server, "snapshot", b"SNAPSHOT-0000001")
    eventually(lambda: counted(server) == 3, 30, "all files are found")


def test_without_its_key_a_server_compiles_all_again(make_server):
    """As after a backup that has the compiled files and not the key."""
    server = make_server()
    server.deploy("tiny", tiny_guest(1))
    server.stop()
    key, before = server.data / "seal.key", compiled(server)
    assert key.stat().st_mode & 0o7777 == 0o600
    key.unlink()
    server.start()
    answers(server, "tiny", tiny_text(1))
    made, = [folder for folder in (server.data / "compiled").iterdir() if folder.name != before.name]
    assert (made / f"{digest(tiny_guest(1))}.cwasm").exists()
    assert counted(server) == 0 and key.stat().st_mode & 0o7777 == 0o600


def test_an_altered_component_is_not_compiled(make_server):
    server = make_server()
    server.deploy("tiny", tiny_guest(1))
    server.stop()
    component = server.data / "artifacts" / f"{digest(tiny_guest(1))}.wasm"
    (compiled(server) / f"{digest(tiny_guest(1))}.cwasm").unlink()
    rewrite(component, tiny_guest(2))
    server.start()
    answer = eventually(lambda: (now := server.call("tiny")).code != "F0510" and now, 30, "another answer than that it is rebuilt")
    assert (answer.status, answer.code, answer.header("retry-after")) == (503, "F0519", None), answer
    assert eventually(lambda: server.event("rebuild_failed"), 10, "the log's line")["code"] == "component_damaged"
    # A deploy of the same bytes repairs it, although the version does not change.
    answer = server.upload("tiny", tiny_guest(1))
    assert answer.status in (200, 201), answer
    answers(server, "tiny", tiny_text(1))
    assert component.read_bytes() == tiny_guest(1)


@pytest.mark.parametrize("part", ["all", "half", "a page"])
def test_a_file_that_is_cut_short_while_it_is_used(make_server, part):
    """Its calls fail, the file is compiled again, and other functions are not affected. A disk that cannot read causes
    the same signal."""
    server = make_server()
    server.deploy("other", tiny_guest(9))
    server.deploy("hello", "hello")
    server.deploy("snapshot", snapshot(1), verify=False)
    files = [compiled(server) / f"{digest(guest('hello'))}.cwasm", compiled(server) / f"{digest(snapshot(1))}.image", *(compiled(server) / "shared").glob("*.cwasm")]
    for file in files:
        name, text = ("hello", server.call("hello").body) if "cwasm" in file.name and "shared" not in str(file) else ("snapshot", b"SNAPSHOT-0000001")
        answers(server, name, text)
        pages = file.stat().st_size // 4096
        os.truncate(file, {"all": 0, "half": pages // 2, "a page": pages - 1}[part] * 4096)     # a cut within a page would only give zeros
        answers(server, name, text)
        answers(server, "other", tiny_text(9))
    assert server.process.poll() is None


def busy_thread(pid):
    """The thread that has used 0.2 s more CPU time than any other thread, or None."""
    def ticks(thread):
        return sum(map(int, (thread / "stat").read_text().rsplit(")", 1)[1].split()[11:13]))
    *_, (second, _), (most, thread) = sorted((ticks(thread), int(thread.name)) for thread in pathlib.Path(f"/proc/{pid}/task").iterdir())
    return thread if most >= second + 0.2 * os.sysconf("SC_CLK_TCK") else None


def end_while_it_runs(server, name):
    """Sends a signal to the thread that runs the guest, as a wrong instruction in its code would."""
    tgkill = 234
    with server.connect() as connection:
        connection.send(request("GET", "/", server.host(name)))
        thread = eventually(lambda: busy_thread(server.pid), 10, "a thread that runs the guest")
        ctypes.CDLL(None).syscall(tgkill, server.pid, thread, signal.SIGABRT)
        assert server.process.wait(10) == -signal.SIGABRT
    server.start()


def test_code_that_ended_the_process(make_server):
    """The code is compiled again once. If it ends the process again, it is not run any more. Other functions are not
    affected."""
    server = make_server({"limits": {"cpu_ms": 20_000, "timeout_ms": 30_000}})
    server.deploy("spin", "spin", verify=False)
    server.deploy("other", tiny_guest(1))
    end_while_it_runs(server, "spin")
    line = server.event("code_ended_process")
    assert (line["sha256"], line["signal"], line["effect"]) == (digest(guest("spin")), signal.SIGABRT, "it is compiled anew"), line
    eventually(lambda: server.call("spin", "/ms/1").status == 200, 60, "the code made anew")
    server.restart()
    assert server.event("code_ended_process") is None and server.call("spin", "/ms/1").status == 200, "it is told once"
    end_while_it_runs(server, "spin")
    assert server.event("code_ended_process")["effect"] == "it is not run any more"
    for _ in range(2):
        answer = server.call("spin", "/ms/1")
        assert (answer.status, answer.code) == (503, "F0520"), answer
        answers(server, "other", tiny_text(1))
        server.restart()
    server.stop()
    (server.data / "crashes").unlink()
    server.start()
    eventually(lambda: server.call("spin", "/ms/1").status == 200, 60, "what the operator forgave")


def test_quarantined_files_go_with_their_function(make_server):
    server = make_server()
    server.deploy("tiny", tiny_guest(1))
    server.stop()
    file = compiled(server) / f"{digest(tiny_guest(1))}.cwasm"
    rewrite(file, file.read_bytes()[:-1])
    server.start()
    answers(server, "tiny", tiny_text(1))
    assert quarantined(server) == [file.name + ".quarantined"]
    server.restart()
    assert quarantined(server) == [file.name + ".quarantined"]
    assert server.api("DELETE", "/v1/functions/tiny").status in (200, 204)
    eventually(lambda: not quarantined(server), 10, "the quarantined file is gone")
