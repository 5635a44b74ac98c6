"""Code that is only on the disk: the server reads only the pages that a first call needs."""
import os
import time

import pytest

from support import pagecache
from support.waiting import eventually

ATTRIBUTE = "user.faasta.first_call"
NUMBER = 4                                          # bytes of the number before the bits
GUEST = "hello"                                     # Rust with wstd: 1 MiB of code; a call needs a third of it


def code_of(server, guest=GUEST):
    """Deploys one function on a new server, and returns its only file of code."""
    server.deploy("one", guest, verify=False)
    server.stop()
    files = [path for path in (server.data / "compiled").rglob("*.cwasm") if path.is_file()]
    assert len(files) == 1, files
    return files[0]


def start_cold(server, code):
    os.sync()                                       # only pages that are on the disk can be dropped
    pagecache.drop(code)
    if pagecache.resident(code):
        pytest.skip("the file system of the data folder keeps its files in memory")
    server.start()


def pages(code):
    return (code.stat().st_size + 4095) // 4096


def test_reads_what_the_first_call_needs(make_server):
    """The process has already compared the code with its seal."""
    server = make_server({"engine": {"loaded_idle_s": 1}})
    code = code_of(server)
    server.start()
    eventually(lambda: time.time() - code.stat().st_ctime > 0.1, 5, "a file that is old enough for its check to be remembered")
    assert server.call("one").status == 200
    eventually(lambda: server.prometheus()["faasta_components_loaded"] == 0, 30, "the code is evicted")
    os.sync()
    pagecache.drop(code)
    if pagecache.resident(code):
        pytest.skip("the file system of the data folder keeps its files in memory")
    assert server.call("one").status == 200
    assert 0 < pagecache.resident(code) < pages(code) * 2 // 3
    assert server.call("one", "/another/path?with=query", headers=["a-field: of its own"]).status == 200


def test_reads_all_before_its_first_call_in_a_process(make_server):
    """The whole file is compared with its seal, once."""
    server = make_server()
    code = code_of(server)
    start_cold(server, code)
    assert server.call("one").status == 200
    assert pagecache.resident(code) == pages(code)


def test_reads_all_where_it_is_not_noted(make_server):
    """The file has no attribute, as on a file system without attributes, or after a backup without them."""
    server = make_server()
    code = code_of(server)
    os.removexattr(code, ATTRIBUTE)
    start_cold(server, code)
    assert server.call("one").status == 200
    assert pagecache.resident(code) == pages(code)


@pytest.mark.parametrize("byte", [b"\0", b"\xff"], ids=["zeros", "ones"])
@pytest.mark.parametrize("length", [0, 1, 48, None], ids=["empty", "a byte", "too long", "as long as a right one"])
def test_a_wrong_note_costs_time_alone(make_server, length, byte):
    server = make_server()
    code = code_of(server)
    right = len(os.getxattr(code, ATTRIBUTE))
    assert NUMBER + 20 < right < 48                 # the number, and a bit for each page
    os.setxattr(code, ATTRIBUTE, byte * (right if length is None else length))
    start_cold(server, code)
    assert server.call("one").status == 200


@pytest.mark.parametrize("guest", ["trap", "spin", "sleep", "memory", "outbound", "snapshot", "stream", "echo"])
def test_code_is_noted_whatever_the_call_does(make_server, guest):
    """The watched call may fail, or a limit may end it. The pages that it used until then are stored."""
    server = make_server()
    code = code_of(server, guest)
    assert any(os.getxattr(code, ATTRIBUTE)[NUMBER:])
    start_cold(server, code)
    server.call("one", seconds=30)
    eventually(lambda: server.prometheus()["faasta_cold_starts_total"] == 1, 30, "the end of the call")


def test_code_that_cannot_be_made_again_is_not_tried_at_each_request(make_server):
    server = make_server()
    code = code_of(server, "hello-wat")
    component, = [path for path in (server.data / "artifacts").rglob("*") if path.is_file()]
    whole = component.read_bytes()
    code.unlink()
    component.write_bytes(b"\0asm, but not for long")
    server.start()
    tried = lambda: [line for line in server.log_lines() if line.get("event") == "rebuild_failed"]
    begin = time.monotonic()
    assert server.call("one").code in ("F0510", "F0519")         # the call waited for this attempt, and the attempt failed
    eventually(tried, 10, "an attempt")
    for _ in range(100):
        assert server.call("one").code in ("F0510", "F0519")     # the call waits for the next attempt, or fails with the reason
    assert len(tried()) <= 1 + (time.monotonic() - begin) / 2, len(tried())
    component.write_bytes(whole)
    eventually(lambda: server.call("one").status == 200, 30, "code, once its component is whole again")
