"""Functions that are made with one language runtime share the runtime's code, but no data."""
import os
import shutil

import pytest

from support.guests import guest, guest_file
from support.waiting import eventually

MARK = b"SNAPSHOT-0000000"
SECRET = "canary-of-another-tenant"


def mark(number):
    return b"SNAPSHOT-%07d" % number


def snapshot(number):
    """The guest `snapshot` with another mark. The code is the same, the data differs."""
    component = guest("snapshot")
    assert component.count(MARK) == 1
    return component.replace(MARK, mark(number))


def compiled(server):
    return next((server.data / "compiled").iterdir())


def shared(server):
    return sorted((compiled(server) / "shared").iterdir())


def answers(server, number, name=None):
    """Checks that the answer is from a fresh instance with its own data: its mark, and its first call. Returns the sum
    of its initial data."""
    answer = server.call(name or f"snapshot-{number}")
    assert answer.status == 200, answer
    said, calls, total = answer.body.split()
    assert (said, calls) == (mark(number), b"1"), answer.body
    return int(total)


@pytest.fixture
def two(make_server):
    server = make_server()
    for number in (1, 2):
        server.deploy(f"snapshot-{number}", snapshot(number))
    return server


def test_code_is_compiled_once_and_data_is_each_ones_own(two):
    assert len(shared(two)) == 1
    assert len(list(compiled(two).glob("*.image"))) == 2
    sums = {answers(two, number) for _ in range(40) for number in (1, 2)}
    assert len(sums) == 1                                    # the mark is not in the sum
    two.restart()
    assert {answers(two, number) for number in (2, 1, 2)} == sums


def test_the_second_deploy_compiles_nothing(make_server):
    server = make_server()
    first = server.deploy("snapshot-1", snapshot(1))
    code = shared(server)[0].stat()
    second = server.deploy("snapshot-2", snapshot(2))
    assert first["compiled_size"] == second["compiled_size"] == code.st_size
    assert shared(server)[0].stat().st_mtime_ns == code.st_mtime_ns and shared(server)[0].stat().st_ino == code.st_ino


def test_shared_code_goes_with_its_last_function(two):
    assert two.api("DELETE", "/v1/functions/snapshot-1").status in (200, 204)
    eventually(lambda: len(list(compiled(two).glob("*.image"))) == 1, 5, "the image of the deleted function is gone")
    assert len(shared(two)) == 1
    answers(two, 2)
    assert two.api("DELETE", "/v1/functions/snapshot-2").status in (200, 204)
    eventually(lambda: not shared(two), 5, "the code is gone")
    two.deploy("snapshot-3", snapshot(3))
    answers(two, 3)


def test_what_a_crash_leaves_is_collected(two):
    two.kill()
    left = compiled(two) / "shared" / ("ab" * 32 + ".cwasm")
    shutil.copy(shared(two)[0], left)
    two.start()
    eventually(lambda: not left.exists(), 10, "code that nothing uses is collected")
    answers(two, 1)


def test_missing_files_are_made_again(two):
    for pattern in ("*.image", "*.code", "shared/*.cwasm"):
        two.stop()
        for file in compiled(two).glob(pattern):
            file.unlink()
        two.start()
        for number in (1, 2):
            eventually(lambda: two.call(f"snapshot-{number}").status == 200, 30, f"function {number} without {pattern}")
            answers(two, number)


def test_backups_made_of_links_change_nothing(two, tmp_path):
    two.stop()
    shutil.copytree(compiled(two), tmp_path / "backup", copy_function=os.link)
    two.start()
    answers(two, 1)


@pytest.mark.parametrize("byte", [0, 12])                    # a byte of the magic, and of the digest of the code
def test_a_damaged_image_is_not_served(two, byte):
    """The digest in an image decides which code is used. If the digest is damaged, no code is found, and the image is
    made again."""
    two.stop()
    image = sorted(compiled(two).glob("*.image"))[0]
    page = bytearray(image.read_bytes())
    page[byte] ^= 1
    image.write_bytes(page)
    two.start()
    for number in (1, 2):
        eventually(lambda: two.call(f"snapshot-{number}").status == 200, 30, "the image is made again")
        answers(two, number)


@pytest.mark.parametrize("planter, finder", [("snapshot-1", "snapshot-1"), ("snapshot-1", "snapshot-2"), ("snapshot-1", "plain"), ("plain", "snapshot-1")])
def test_nothing_of_one_call_reaches_another(two, planter, finder):
    two.deploy("plain", guest("memory"))
    backwards = SECRET[::-1]
    for _ in range(10):
        if planter == "plain":
            assert two.call("plain", "/?mb=4").status == 200
            answers(two, 1)
            continue
        assert two.call(planter, f"/plant/{backwards}").body == b"planted\n"
        if finder == "plain":
            assert two.call("plain", "/?mb=4").status == 200
        else:
            assert two.call(finder, f"/find/{backwards}").body == b"found 0\n"
            answers(two, int(finder[-1]), finder)


def test_the_guest_finds_what_it_looks_for(two):
    """Shows that the guest finds text that is there. Otherwise "found 0" would prove nothing."""
    assert two.call("snapshot-1", f"/find/{MARK.decode()[:8][::-1]}").body != b"found 0\n"


def test_a_memory_with_an_image_counts_against_the_limit(make_server):
    server = make_server()
    server.deploy("fits", snapshot(1), memory_mb=4)
    answer = server.upload("small", snapshot(2), memory_mb=1, verify=False)
    if answer.status == 201:                                 # nothing was compiled, so the component was not tried
        assert server.call("small").header("x-faasta-error") == "memory_limit"
    assert server.call("fits").status == 200


@pytest.mark.skipif(not os.environ.get("FAASTA_LONG"), reason="a minute for each: FAASTA_LONG=1")
@pytest.mark.parametrize("name", ["hello-js", "hello-python", "hello-go"])
def test_language_runtimes_are_split(make_server, name):
    server = make_server()
    server.deploy("runtime", guest_file(name).read_bytes(), seconds=900)
    assert len(shared(server)) == 1
    for _ in range(20):
        assert server.call("runtime").body == b"hello from faasta\n"
