"""The supervisor: after a changed configuration, a new program or a crash, one server takes over from another, and
no request fails."""
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from support.guests import guest, guest_file, with_custom_section
from support.http1 import request
from support.restart_load import Load
from support.server import BINARIES, Server, free_port
from support.waiting import LONG, SANITIZED, eventually, patient

LANGUAGES = ["hello-c", "hello", "hello-go", "hello-js", "hello-python"]
KINDS = {"kept": 2, "new": 1, "body": 1, "http2": 2}


def supervised(folder, config=None, programs=BINARIES):
    server = Server(folder, {"server": {"access_log": False}, **(config or {})}, arguments=["--dev-tls"] if config and "tls" in config else [])
    server.program = [programs / "faasta-supervisor", programs / "faastad"]
    return server


@pytest.fixture(name="running")
def running_fixture(tmp_path):
    with supervised(tmp_path / "server") as server:
        server.deploy("hello", "hello-raw")
        yield server
        if server.process.poll() is None:
            server.stop()


def times(server, event):
    """How often an event was logged. log_lines() cannot be used, because faastad's own errors are not JSON."""
    return server.log_file.read_text().count(f'"event":"{event}"')


def children(pid):
    """The server processes of the supervisor."""
    return [int(child) for child in (open(f"/proc/{pid}/task/{pid}/children").read()).split()]


def replaced(server, how=signal.SIGHUP, seconds=20):
    """Asks for a new server and waits until it serves."""
    before = times(server, "server_serves")
    server.process.send_signal(how)
    eventually(lambda: times(server, "server_serves") > before, seconds, "a new server")


def test_restarts_lose_no_request(running):
    count = 200 if LONG else 6
    with Load(running.address, "hello.localhost", KINDS) as load:
        moments = []
        for number in range(count):
            replaced(running, signal.SIGHUP if number % 2 else signal.SIGUSR2)
            moments.append(time.monotonic())
        seen = load.ended(moments)
    print(seen)
    assert seen["failed"] == 0, seen["problems"]
    assert seen["answered"] > 100 * count
    # Each server that was replaced ends.
    eventually(lambda: len(children(running.process.pid)) == 1, 40, "the end of the old servers")


def test_a_crash_refuses_nobody(running):
    """Only the requests of the killed process may fail. Clients that connect before the next server is ready wait."""
    count = 50 if LONG else 3
    with Load(running.address, "hello.localhost", {"kept": 2, "new": 2}) as load:
        for _ in range(count):
            before = times(running, "server_serves")
            os.kill(children(running.process.pid)[0], signal.SIGKILL)
            eventually(lambda before=before: times(running, "server_serves") > before, 20, "a new server")
        seen = load.ended()
    print(seen)
    assert seen["failed"] <= 4 * count, seen["problems"]
    assert not any("refused" in problem for problem in seen["problems"]), seen["problems"]


def test_a_configuration_that_is_wrong_leaves_the_old_server(running):
    good = running.config_file.read_text()
    running.config_file.write_text(good + "\n[nonsense]\nx = 1\n")
    running.process.send_signal(signal.SIGHUP)
    problem = eventually(lambda: server_event(running, "server_cannot_start"), 10)
    assert "faastad" in problem["detail"]
    assert "there is no setting 'nonsense" in running.log_file.read_text()
    assert running.call("hello").status == 200
    running.config_file.write_text(good)
    replaced(running)
    assert running.call("hello").status == 200


def server_event(server, name):
    """The last line of this event. log_lines() cannot be used, because faastad's own errors are not JSON."""
    found = re.findall(r'^\{.*"event":"%s".*\}$' % name, server.log_file.read_text(), re.MULTILINE)
    return json.loads(found[-1]) if found else None


def accepts(address):
    with socket.socket() as probe:
        return probe.connect_ex(address) == 0


def test_a_changed_address_is_opened_and_the_old_one_closed(tmp_path):
    first, second = (("127.0.0.1", free_port()) for _ in range(2))
    with supervised(tmp_path / "server", {"tls": {"listen": f"127.0.0.1:{first[1]}"}}) as server:
        assert server.https == first
        text = server.config_file.read_text()
        server.config_file.write_text(text.replace(str(first[1]), str(second[1])))
        replaced(server)
        assert accepts(second)
        eventually(lambda: not accepts(first), 40, "the end of the old address")
        server.stop()


def test_fewer_and_more_threads_leave_no_client_waiting(tmp_path):
    """The new server has fewer threads. Clients in the queue of the socket without its own thread are accepted by another thread."""
    with supervised(tmp_path / "server", {"server": {"access_log": False, "threads": 4}}) as server:
        server.deploy("hello", "hello-raw")
        text = server.config_file.read_text()
        for threads in (1, 3, 6, 2):
            server.config_file.write_text(text.replace("threads = 4", f"threads = {threads}"))
            with Load(server.address, "hello.localhost", {"new": 3}) as load:
                replaced(server)
                # The kernel chooses a socket at random for each new connection. 60 connections reach all sockets.
                for _ in range(60):
                    assert server.call("hello", seconds=10).status == 200
                seen = load.ended()
            assert seen["failed"] == 0, seen["problems"]
        server.stop()


def test_a_failed_change_of_an_address_can_be_taken_back(tmp_path):
    first, second = (("127.0.0.1", free_port()) for _ in range(2))
    with supervised(tmp_path / "server", {"tls": {"listen": f"127.0.0.1:{first[1]}"}}) as server:
        good = server.config_file.read_text()
        # The addresses are right, but the server does not start: its policy is missing only for the server itself.
        (server.data / "tls" / "dev" / "root.key").unlink()
        (server.data / "tls" / "dev" / "root.key").mkdir()
        server.config_file.write_text(good.replace(str(first[1]), str(second[1])))
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: server_event(server, "server_did_not_start"), 20)
        assert accepts(first) and server.call("nobody").status == 404
        (server.data / "tls" / "dev" / "root.key").rmdir()
        server.config_file.write_text(good)
        replaced(server)
        assert accepts(first)
        eventually(lambda: not accepts(second), 20, "the end of the address that was never served")
        server.stop()


def test_a_serving_process_that_somebody_stops_is_replaced(running):
    before = times(running, "server_serves")
    with Load(running.address, "hello.localhost", {"kept": 2, "new": 2}) as load:
        os.kill(children(running.process.pid)[0], signal.SIGTERM)
        eventually(lambda: times(running, "server_serves") > before, 20, "a new server")
        seen = load.ended()
    assert seen["failed"] == 0, seen["problems"]


def test_a_request_after_a_streamed_answer_is_answered(running):
    """The head of a streamed answer was sent before the server knew that it stops, so it could not announce the close."""
    running.deploy("stream", "stream", verify=False)
    with running.connect(30) as kept:
        kept.send(request("GET", "/?n=10&ms=50", "stream.localhost"))
        eventually(lambda: running.prometheus()["faasta_calls_running"] == 1, 10, "the streamed answer")
        replaced(running)
        assert kept.read_response().whole
        answer = kept.exchange(request("GET", "/", "hello.localhost"))
        assert (answer.status, answer.header("connection")) == (200, "close")


def test_a_first_start_that_fails_ends_the_supervisor(tmp_path):
    server = supervised(tmp_path / "server", {"limits": {"cpu_ms": -1}})
    server.spawn()
    assert server.process.wait(patient(20)) == 1
    assert "cpu_ms" in server.log_file.read_text()


@contextlib.contextmanager
def systemd(folder):
    """The socket to which a service sends its state (sd_notify(3)); yields a function that returns the messages that have arrived."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
        path = str(folder / "notify")
        notices.bind(path)
        notices.settimeout(20)
        yield path, lambda: notices.recv(4096).decode()


def test_systemd_is_told(tmp_path):
    with systemd(tmp_path) as (path, told):
        server = supervised(tmp_path / "server")
        server.more_environment = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "300000"}
        with server:
            while (said := told()).startswith("EXTEND"):
                pass
            assert said == "READY=1\n"
            for _ in range(3):                     # the watchdog is told as long as the server's loops run
                assert told() == "WATCHDOG=1\n"
            server.process.send_signal(signal.SIGHUP)
            while (said := told()).startswith("WATCHDOG"):
                pass
            assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+\n", said), said
            while (said := told()).startswith("WATCHDOG"):
                pass
            assert said == "READY=1\n"
            server.process.send_signal(signal.SIGTERM)
            while (said := told()).startswith("WATCHDOG"):
                pass
            assert said == "STOPPING=1\n"
            assert server.process.wait(patient(20)) == 0


def test_a_data_folder_has_one_supervisor(tmp_path):
    with supervised(tmp_path / "server") as server:
        second = supervised(tmp_path / "second")
        second.data = server.data
        second.spawn()
        assert second.process.wait(patient(20)) == 1
        assert "another server uses the data folder" in second.log_file.read_text()
        server.stop()


def test_a_stop_ends_all(running):
    processes = [running.process.pid, *children(running.process.pid)]
    assert running.stop() == 0
    assert not any(os.path.exists(f"/proc/{process}") for process in processes)


def test_servers_end_with_a_supervisor_that_was_killed(tmp_path):
    with supervised(tmp_path / "server") as server:
        serving = children(server.process.pid)
        server.process.kill()
        server.process.wait()
        eventually(lambda: not os.path.exists(f"/proc/{serving[0]}"), 40, "the end of the server")
        server.start()
        server.stop()


def test_an_upgrade_replaces_both_programs(tmp_path):
    """The files are replaced as a package manager does it: by a rename."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("faasta-supervisor", "faastad"):
        shutil.copy(BINARIES / name, programs / name)
    with supervised(tmp_path / "server", programs=programs) as server:
        server.deploy("hello", "hello-raw")
        for name in ("faasta-supervisor", "faastad"):
            shutil.copy(BINARIES / name, programs / (name + ".new"))
            os.rename(programs / (name + ".new"), programs / name)
        pid, before = server.process.pid, children(server.process.pid)
        replaced(server, signal.SIGUSR2)
        assert os.readlink(f"/proc/{pid}/exe") == str(programs / "faasta-supervisor"), "the supervisor is still the old program"
        eventually(lambda: before[0] not in children(pid), 40, "the end of the old server")
        assert os.readlink(f"/proc/{children(pid)[0]}/exe") == str(programs / "faastad")
        assert server.call("hello").status == 200
        server.stop()


def test_a_deploy_under_way_is_not_harmed(running):
    """An upload that began before the new server started ends in the old server. The new server must not delete the upload's files."""
    data = guest("echo")
    with running.connect(60) as upload:
        head = request("POST", f"/v1/functions/slow/versions?allow_new=true&sha256={hashlib.sha256(data).hexdigest()}", "api.localhost",
                       [f"authorization: Bearer {running.token}", f"content-length: {len(data)}", "content-type: application/wasm"])
        upload.send(head + data[:1000])
        eventually(lambda: list((running.data / "tmp").glob("*/*")), 10, "the staged file")
        replaced(running)
        upload.send(data[1000:])
        answer = upload.read_response()
    assert answer.status == 201, answer
    assert running.call("slow", "/headers").status == 200
    # Later, when one server is alone, no file of the upload is left.
    eventually(lambda: not list((running.data / "tmp").glob("*/*")), 40, "the end of the staged file")


def lose_compiled_code(server):
    """As after an upgrade of Wasmtime, or after a backup was restored."""
    for path in (server.data / "compiled").rglob("*"):
        if path.is_file():
            path.unlink()


def test_a_new_server_compiles_before_it_takes_over(running):
    """No call fails because of missing code: the old server answers until the new server has compiled it."""
    names = ["hello", "echo", "sleep", "env"]
    for name in names[1:]:
        running.deploy(name, name, verify=False)
    with contextlib.ExitStack() as stack:
        loads = [stack.enter_context(Load(running.address, f"{name}.localhost", {"kept": 1, "new": 1}, rate=400)) for name in ("hello", "env")]
        lose_compiled_code(running)                # the old server has loaded the code, so it does not need the files any more
        replaced(running, seconds=120)
        seen = [load.ended() for load in loads]
    assert all(one["failed"] == 0 for one in seen), [one["problems"] for one in seen]
    assert sum(line.get("event") == "compiling" for line in map(json.loads, re.findall(r"^\{.*\}$", running.log_file.read_text(), re.MULTILINE))) == len(names)
    for name in names:
        assert running.call(name, "/headers" if name == "echo" else "/?ms=1").status == 200


@pytest.mark.skipif(not LONG, reason="minutes of compiles: FAASTA_LONG=1")
def test_two_hundred_functions_in_five_languages(make_server):
    """Their code is lost while they are called: none of their calls fails in a reload, and none after a restart. Ten are
    in each language; the others are in C and Rust, because a compile of JavaScript or Python takes 15 seconds."""
    if missing := [name for name in LANGUAGES if not guest_file(name).exists()]:
        pytest.skip(f"not built: {missing}; see ./dev check guests")
    server = make_server(config={"limits": {"first_byte_ms": 30_000}})
    server.stop()
    server.program = [BINARIES / "faasta-supervisor", BINARIES / "faastad"]
    server.start()
    names = []
    for number in range(200):
        language = LANGUAGES[number % len(LANGUAGES) if number < 50 else number % 2]
        names.append(f"many-{number}")
        answer = server.upload_in_turn(names[-1], with_custom_section(guest(language), b"number", str(number).encode()), verify=False, seconds=900)
        assert answer.status == 201, answer
    hosts = [f"{name}.localhost" for name in names]
    for name in names:
        assert server.call(name).status == 200
    with Load(server.address, hosts, {"kept": 2, "new": 1, "http2": 1}, rate=800) as load:
        lose_compiled_code(server)
        replaced(server, seconds=1800)
        seen = load.ended()
    print("reload", seen)
    assert seen["failed"] == 0, seen["problems"]
    server.stop()
    lose_compiled_code(server)
    server.start(seconds=900)
    with Load(server.address, hosts, {"kept": 2, "new": 1}, rate=600) as load:
        for name in names:
            assert server.call(name).status == 200
        seen = load.ended()
    print("restart", seen)
    assert seen["failed"] == 0, seen["problems"]


def test_after_a_restore_what_was_called_lately_is_compiled_before_ready(make_server):
    server = make_server()
    server.deploy("called", "hello-raw", verify=False)
    server.deploy("forgotten", "hello-c", verify=False)
    assert server.call("called").status == 200
    server.stop()                                   # a server that stops writes the counts
    lose_compiled_code(server)
    server.start()
    lines = server.log_lines()
    ready = next(number for number, line in enumerate(lines) if line.get("event") == "ready")
    rebuilt = [number for number, line in enumerate(lines) if line.get("event") == "rebuilt"]
    assert len(rebuilt) == 1 and rebuilt[0] < ready
    assert server.call("forgotten").status == 200   # it waits
    assert server.call("called").status == 200


@pytest.mark.skipif(SANITIZED, reason="a sanitizer needs memory and threads of its own")
def test_the_supervisor_is_small_and_rests(running):
    pid = running.process.pid
    rollup = open(f"/proc/{pid}/smaps_rollup").read()
    private = sum(int(kib) for kib in re.findall(r"^Private_\w+: +(\d+) kB", rollup, re.MULTILINE))
    assert private <= 2048, rollup

    def switches():
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", open(f"/proc/{pid}/status").read(), re.MULTILINE)[1])
    before = switches()
    end = time.monotonic() + 1.5                     # this is no wait for a condition: the server must do nothing in this time
    while time.monotonic() < end:
        assert running.call("hello").status == 200
    assert switches() == before


@pytest.mark.skipif(SANITIZED or not shutil.which("strace"), reason="needs strace, and a program without a sanitizer")
def test_the_supervisor_reads_nothing_from_the_network(running, tmp_path):
    trace = tmp_path / "trace"
    with subprocess.Popen(["strace", "-o", trace, "-e", "trace=network,read", "-p", str(running.process.pid)], stderr=subprocess.DEVNULL) as strace:
        eventually(lambda: "TracerPid:\t0\n" not in open(f"/proc/{running.process.pid}/status").read(), 10, "strace")
        replaced(running)
        for _ in range(20):
            assert running.call("hello").status == 200
        replaced(running)
        strace.send_signal(signal.SIGINT)
    calls = trace.read_text()
    assert "accept" not in calls and "recvfrom" in calls
    # The supervisor gets messages only from its servers, such as READY=1. strace may end in the middle of a call.
    assert all(re.search(r'recvfrom\(\d+, ("(READY|STOPPING|STATUS|WATCHDOG)=|0x)', line) or "EAGAIN" in line or ', "",' in line or "<detached" in line for line in calls.split("\n") if "recvfrom" in line), calls


def test_waiting_clients_are_served_by_a_server_that_stops(make_server):
    """Also without a supervisor: clients that are in the kernel's queue when the server stops get an answer."""
    server = make_server()
    server.deploy("sleep", "sleep", verify=False)
    with contextlib.ExitStack() as stack:
        os.kill(server.pid, signal.SIGSTOP)
        waiting = [stack.enter_context(server.connect(20)) for _ in range(20)]
        for connection in waiting:
            connection.send(request("GET", "/?ms=1", "sleep.localhost"))
        os.kill(server.pid, signal.SIGTERM)
        os.kill(server.pid, signal.SIGCONT)
        for connection in waiting:
            assert connection.read_response().status == 200
    assert server.process.wait(patient(10)) == 0
