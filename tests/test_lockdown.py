"""A server takes from itself the files and system calls that serving does not need. A library in the server tries them
(tests/faults/forbidden.c)."""
import errno
import os
import pathlib
import signal

import pytest

from support.faults import library
from support.guests import guest_file
from support.waiting import SANITIZED, eventually

pytestmark = pytest.mark.skipif(SANITIZED, reason="the sanitizers read files and start processes, so there is no lockdown")
SUPPORT = pathlib.Path(__file__).parent / "support"
NEEDED = {"open_data", "open_data_new", "open_resolver", "open_null", "open_figures", "socket_tcp", "socket_udp", "socket_route"}
# libc and Rust take this error for "use an older call".
UNKNOWN = {"clone3", "unknown_call"}


def status(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def kernel():
    return tuple(int(part) for part in os.uname().release.split(".")[:2])


def attempts(server):
    """Makes the running server try everything. Returns the error of each attempt."""
    results = server.folder / "results"
    os.kill(server.pid, signal.SIGUSR2)
    eventually(lambda: results.exists() and results.read_text().endswith("end 0\n"), 20, "the end of the attempts")
    return {name: int(error) for name, error in map(str.split, results.read_text().splitlines())}


def test_the_server_can_only_serve(make_server):
    server = make_server(start=False)
    (server.folder / "other").write_text("not for the server")
    server.more_environment |= {"LD_PRELOAD": str(library(server.folder, "forbidden")), "FORBIDDEN_RESULTS": str(server.folder / "results"), "FORBIDDEN_FOLDER": str(server.folder)}
    server.start()
    results = attempts(server)
    landlock = server.event("lockdown")["landlock"]
    assert results.pop("new_code") == errno.EACCES or kernel() < (6, 3)
    for name in NEEDED:
        assert results.pop(name) == 0, name
    assert results.pop("end") == 0 and len(results) > 40
    for name, error in results.items():
        if name.startswith("open_") and name != "open_by_handle_at":
            assert error == errno.EACCES or landlock == 0, (name, errno.errorcode.get(error))
        else:
            assert error == (errno.ENOSYS if name in UNKNOWN else errno.EPERM), (name, errno.errorcode.get(error))
    state = status(server.pid)
    assert (state["NoNewPrivs"], state["Seccomp"]) == ("1", "2"), state
    # It still serves, and a deploy compiles.
    server.deploy("after", guest_file("echo").read_bytes())
    assert server.call("after").status == 200


@pytest.mark.parametrize("guest", ["hello", "hello-js"])
def test_no_memory_becomes_executable(make_server, guest):
    """The server, and what it starts, run under MemoryDenyWriteExecute of systemd."""
    server = make_server({"server": {"lockdown": "off"}}, start=False)
    server.program = ["/usr/bin/python3", SUPPORT / "no_new_code.py", *server.program]
    server.start()
    assert status(server.pid)["Seccomp"] == "2"
    server.deploy("served", guest_file(guest).read_bytes())
    assert server.call("served").status == 200
    server.restart()            # the code is loaded from its file
    assert server.call("served").status == 200
    # A lost page: the handler's own code.
    (code,) = [file for file in (server.data / "compiled").rglob("*.cwasm") if file.stat().st_size > 100_000]
    os.truncate(code, 4096)
    eventually(lambda: server.call("served").status == 200, 60, "the function, compiled again")


def starter(server):
    """The process that starts programs for the server."""
    children = [int(child) for task in pathlib.Path(f"/proc/{server.pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return next(child for child in children if status(child)["Name"] == "faasta-starter")


def test_the_starter_has_nothing_of_the_server(make_server):
    server = make_server()
    process = starter(server)
    files = {int(file.name): os.readlink(file) for file in pathlib.Path(f"/proc/{process}/fd").iterdir()}
    assert sorted(files) == [0, 1, 2, 3] and files[3].startswith("socket:"), files
    assert status(process)["Threads"] == "1"
    server.kill()
    eventually(lambda: not pathlib.Path(f"/proc/{process}").exists(), 10, "the end of the starter")


def test_a_server_without_its_starter_answers(make_server):
    """Only deploys need the starter."""
    server = make_server()
    server.deploy("served", guest_file("echo").read_bytes())
    os.kill(starter(server), signal.SIGKILL)
    answer = server.upload("other", guest_file("hello-raw").read_bytes())
    assert answer.status == 500, answer
    assert eventually(lambda: server.event("starter_ended"), 5)["level"] == "error"
    assert server.call("served").status == 200


@pytest.mark.parametrize("mode, privileges, filtered, event", [("log", "1", "2", "lockdown_only_logs"), ("off", "0", "0", "lockdown_off")])
def test_the_setting(make_server, mode, privileges, filtered, event):
    server = make_server({"server": {"lockdown": mode}})
    state = status(server.pid)
    assert (state["NoNewPrivs"], state["Seccomp"]) == (privileges, filtered), state
    assert server.event(event) and not server.event("lockdown")
    server.deploy("served", guest_file("echo").read_bytes())
    assert server.call("served").status == 200


def test_a_setting_that_does_not_exist(make_server):
    server = make_server({"server": {"lockdown": "maybe"}}, start=False).spawn()
    assert server.process.wait(20) != 0
    assert "must be on, log or off" in server.log_file.read_text()


def test_a_kernel_that_cannot_lock(make_server):
    server = make_server(start=False)
    server.more_environment |= {"LD_PRELOAD": str(library(server.folder, "old_kernel"))}
    server.start()
    assert server.event("lockdown_without_landlock") and server.event("lockdown_without_seccomp") and not server.event("lockdown")
    server.deploy("served", guest_file("echo").read_bytes())
    assert server.call("served").status == 200


def test_a_slash_after_the_data_folder_changes_nothing(make_server):
    """Compile children may work on files of this folder alone, and their paths are compared."""
    server = make_server(start=False)
    server.data = f"{server.data}/"       # not a path object: it would drop the slash
    server.start()
    token = (server.folder / "data" / "owner.token").read_text().strip()
    assert server.upload("hello", "hello-raw", token=token).status == 201
