"""`faasta dev`: a saved change answers, a failed build keeps the old version, no build loops, no failed requests."""
import contextlib
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from support.cli import Cli
from support.guests import guest_file, version_guest
from support.http1 import Connection, request
from support.server import free_port
from support.waiting import SANITIZED, eventually, patient

LONG = os.environ.get("FAASTA_LONG")
TOML = """name = "hello"
[build]
command = "sh build.sh"
artifact = "made/out.wasm"
"""


class Dev:
    """A project whose build copies a component, and `faasta dev` in it."""

    def __init__(self, folder, toml=TOML, script="mkdir -p made; cp src/version made/out.wasm", arguments=(), env=None):
        self.folder = folder / "project"
        (self.folder / "src").mkdir(parents=True, exist_ok=True)
        (self.folder / "faasta.toml").write_text(toml)
        (self.folder / "build.sh").write_text(f"echo built >> builds\n{script}\n")
        (self.folder / ".gitignore").write_text("builds\nmade/\n")
        self.save(1)
        self.port = free_port()
        self.cli = Cli(folder / "home")
        self.process = self.cli.start("dev", "--json", "--port", self.port, *arguments, cwd=self.folder, env=env)
        self.events, self.errors = [], []
        self.readers = [threading.Thread(target=self.read), threading.Thread(target=self.read_errors)]
        for reader in self.readers:
            reader.start()

    def read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        for reader in self.readers:
            reader.join()

    def write(self, name, content):
        """Saves a file as editors do: a new file takes the place of the old one."""
        new = self.folder / (name + ".tmp")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(content)
        new.rename(self.folder / name)

    def save(self, number):
        self.write("src/version", version_guest(number))

    def of(self, event):
        return [one for one in self.events if one.get("event") == event]

    def builds(self):
        return len((self.folder / "builds").read_text().splitlines())

    def wait_for(self, event, count=1, seconds=30):
        return eventually(lambda: self.of(event)[count - 1] if len(self.of(event)) >= count else None, seconds, lambda: f"{event} ({count}): {[one for one in self.events if one['event'] != 'request'][-5:]} {self.errors[-5:]}")

    def get(self, target="/"):
        with Connection(("127.0.0.1", self.port)) as connection:
            return connection.exchange(request("GET", target, f"hello.localhost:{self.port}"))

    def version(self):
        return int(self.get().text.strip().removeprefix("VERSION-"))


def test_a_saved_change_answers(tmp_path):
    with Dev(tmp_path) as dev:
        first = dev.wait_for("ready")
        assert first["url"] == f"http://hello.localhost:{dev.port}/" and first["version"] == 1
        assert dev.version() == 1
        dev.save(2)
        assert dev.wait_for("ready", 2)["version"] == 2
        assert dev.version() == 2
        assert dev.wait_for("changed")["file"] == "src/version"
        assert dev.builds() == 2
    assert dev.process.returncode == 130
    assert (dev.folder / ".faasta/.gitignore").read_text() == "*\n"


def test_requests_before_the_first_version_get_a_text(tmp_path):
    """The build waits for the test. Meanwhile `dev` says that it builds, and each request gets an answer."""
    (tmp_path / "project").mkdir()
    os.mkfifo(tmp_path / "project" / "gate")
    with Dev(tmp_path, script="cat gate; [ ! -e src/broken ] || exit 3; mkdir -p made; cp src/version made/out.wasm") as dev:
        assert dev.wait_for("building")["command"] == "sh build.sh"
        (dev.folder / "src/broken").touch()
        first = eventually(lambda: listening(dev), 20)
        assert (first.status, first.header("retry-after")) == (503, "1") and "builds hello for the first time" in first.text, first
        eventually(lambda: any(line.startswith("building (") for line in dev.errors), 20, "a line that the build goes on")
        (dev.folder / "gate").write_text("")
        eventually(lambda: "The first build of hello failed" in dev.get().text, 20)
        (dev.folder / "src/broken").unlink()
        dev.wait_for("building", 2)
        seen, stop = [], threading.Event()

        def ask():
            while not stop.is_set():
                answer = listening(dev)
                seen.append((answer.status, answer.text[:8]) if answer else None)
        asking = threading.Thread(target=ask)
        asking.start()
        (dev.folder / "gate").write_text("")
        assert dev.wait_for("ready")["version"] == 1
        stop.set()
        asking.join()
        assert dev.version() == 1
        assert set(seen) <= {(503, "`faasta "), (503, "The firs"), (200, "VERSION-")}, set(seen)
    # The next time, the version that is kept answers at once.
    with Dev(tmp_path, script="cat gate; cp src/version made/out.wasm") as dev:
        dev.wait_for("building")
        assert dev.version() == 1
        (dev.folder / "gate").write_text("")
        dev.wait_for("unchanged")


def test_a_large_request_before_the_first_version_gets_its_answer(tmp_path):
    """The client sends its whole body before it reads: it gets the answer, and no reset."""
    (tmp_path / "project").mkdir()
    os.mkfifo(tmp_path / "project" / "gate")
    with Dev(tmp_path, script="cat gate; mkdir -p made; cp src/version made/out.wasm") as dev:
        eventually(lambda: listening(dev), 20)
        for size in (1, 1 << 16, 20 << 20):
            with socket.create_connection(("127.0.0.1", dev.port), 20) as client:
                client.sendall(f"POST / HTTP/1.1\r\nhost: hello.localhost\r\ncontent-length: {size}\r\n\r\n".encode())
                client.sendall(bytes(size))
                received = b""
                while data := client.recv(65536):
                    received += data
                assert received.startswith(b"HTTP/1.1 503 "), (size, received)
        (dev.folder / "gate").write_text("")
        dev.wait_for("ready")


def listening(dev):
    """An answer of the port, or None if nothing listens there."""
    try:
        return dev.get()
    except ConnectionError:
        return None


def test_a_failed_build_keeps_the_old_version(tmp_path):
    with Dev(tmp_path, script="cp src/version made/out.wasm || exit 3; if [ -e src/broken ]; then echo no semicolon >&2; exit 3; fi".replace("cp", "mkdir -p made; cp", 1)) as dev:
        dev.wait_for("ready")
        dev.write("src/broken", b"x")
        eventually(lambda: "F0705" in "".join(dev.errors), 20)
        assert "".join(dev.errors).count("no semicolon") == 1, "the compiler's text is printed once"
        assert dev.version() == 1
        (dev.folder / "src/broken").unlink()
        dev.save(2)
        dev.wait_for("ready", 2)
        assert dev.version() == 2


def test_a_mistake_in_faasta_toml_keeps_the_old_settings(tmp_path):
    with Dev(tmp_path) as dev:
        dev.wait_for("ready")
        dev.write("faasta.toml", TOML.encode() + b"[limits]\ncpu_ms = 0\n")
        eventually(lambda: "faasta.toml:6:10" in "".join(dev.errors), 20)
        assert dev.version() == 1
        dev.write("faasta.toml", TOML.encode() + b"[limits]\ncpu_ms = 20\n")
        assert dev.wait_for("ready", 2)["version"] == 2, "new settings are a new version"


def test_it_ends_the_programs_of_a_build_that_still_runs(tmp_path):
    (tmp_path / "project").mkdir()
    os.mkfifo(tmp_path / "project" / "gate")
    with Dev(tmp_path, script="echo $$ > pid; cat gate") as dev:
        pid = eventually(lambda: (dev.folder / "pid").exists() and (dev.folder / "pid").read_text().strip(), 20)
        assert os.path.exists(f"/proc/{pid}")
    eventually(lambda: not os.path.exists(f"/proc/{pid}"), 10, "the end of the build")


def test_a_build_that_changes_its_sources_does_not_loop(tmp_path):
    script = "mkdir -p made; date +%N > src/generated; cp src/version made/out.wasm"
    with Dev(tmp_path, script=script) as dev:
        dev.wait_for("ready")
        eventually(lambda: any("src/generated has changed during three builds in a row" in line for line in dev.errors), 30)
        dev.save(2)
        dev.wait_for("ready", 2)
        before = dev.builds()
        assert before <= 6
        dev.save(3)
        dev.wait_for("ready", 3)
        assert dev.builds() <= before + 2


def test_a_file_that_another_program_writes_all_the_time_does_not_build_for_ever(tmp_path):
    with Dev(tmp_path) as dev:
        dev.wait_for("ready")
        stop, written = threading.Event(), [0]

        def storm():
            while not stop.is_set():
                (dev.folder / "src/busy").write_text(str(written[0]))
                written[0] += 1
                stop.wait(0.002)
        writer = threading.Thread(target=storm)
        writer.start()
        try:
            eventually(lambda: any("src/busy has changed during three builds in a row" in line for line in dev.errors), 30)
            builds, count = dev.builds(), written[0]
            eventually(lambda: written[0] > count + 1000, 60, "two seconds or more of changes")
            assert dev.builds() == builds
            dev.save(2)
            assert dev.wait_for("ready", 2)["version"] == 2
            builds = dev.builds()
        finally:
            stop.set()
            writer.join()
        eventually(lambda: dev.builds() == builds + 1, 10, "a build of the last change")


def test_it_ends_when_the_folder_of_the_project_is_gone(tmp_path):
    with Dev(tmp_path) as dev:
        dev.wait_for("ready")

        def gone():
            shutil.rmtree(dev.folder, ignore_errors=True)
            return not dev.folder.exists()
        eventually(gone, 20)
        assert dev.process.wait(patient(20)) == 1
        eventually(lambda: "F0718" in "".join(dev.errors) and "the folder of the project is gone" in "".join(dev.errors), 5)


def test_a_link_to_a_folder_elsewhere_is_watched(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/version").write_bytes(version_guest(1))
    (tmp_path / "project").mkdir()
    (tmp_path / "project/shared").symlink_to(tmp_path / "elsewhere")
    with Dev(tmp_path, script="mkdir -p made; cp shared/version made/out.wasm") as dev:
        dev.wait_for("ready")
        (tmp_path / "elsewhere/version").write_bytes(version_guest(5))
        dev.wait_for("ready", 2)
        assert dev.version() == 5 and dev.of("changed")[0]["file"] == "shared/version"


def test_variables_and_secrets_of_dot_env(tmp_path):
    toml = TOML + '[env]\nMODE = "file"\n[secrets]\nrequired = ["KEY", "NONE"]\n'
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".env").write_text("KEY=one\nMODE=local\nOTHER=x\n")
    with Dev(tmp_path, toml=toml, script="mkdir -p made; cp src/env.wasm made/out.wasm", env={"SHELL_ONLY": "x"}) as dev:
        dev.write("src/env.wasm", guest_file("env").read_bytes())
        dev.wait_for("ready")
        seen = dict(dev.get().json()["env"])
        assert (seen["MODE"], seen["KEY"]) == ("local", "one") and "OTHER" not in seen and "SHELL_ONLY" not in seen
        assert sum("the secret NONE has no value here" in line for line in dev.errors) >= 1
        dev.write(".env", b"KEY=two\n")
        eventually(lambda: dict(dev.get().json()["env"])["KEY"] == "two", 20)


def test_requests_are_shown_with_their_lines(tmp_path):
    with Dev(tmp_path, script="mkdir -p made; cp src/env.wasm made/out.wasm") as dev:
        dev.write("src/env.wasm", guest_file("env").read_bytes())
        dev.wait_for("ready")

        # The log is followed from some moment on: of the first request, the lines may be older than that.
        def shown():
            assert dev.get("/print").status == 200
            return next((one for one in dev.of("request") if {"kind": "stderr", "text": "a line on stderr"} in one["lines"]), None)
        request_line = eventually(shown, 20)
        assert (request_line["method"], request_line["path"], request_line["status"]) == ("GET", "/print", 200)


def test_invoke_asks_the_local_function(tmp_path):
    with Dev(tmp_path) as dev:
        dev.wait_for("ready")
        asked = dev.cli.run("invoke", "/", "--local", "--port", dev.port, cwd=dev.folder).ok()
        assert asked.out == Connection(("127.0.0.1", dev.port)).exchange(request("GET", "/", "hello.localhost")).body.decode()
        many = dev.cli.run("invoke", "--local", "--port", dev.port, "--repeat", "5", cwd=dev.folder).ok()
        assert "5 requests in" in many.out
    refused = dev.cli.run("invoke", "--local", "--port", dev.port, cwd=dev.folder)
    assert refused.exit != 0 and "faasta dev" in refused.err, refused
    dev.cli.run("invoke", "--port", dev.port, cwd=dev.folder).fails(2)


def test_data_is_kept_until_fresh(tmp_path):
    with Dev(tmp_path) as dev:
        dev.wait_for("ready")
        dev.save(2)
        assert dev.wait_for("ready", 2)["version"] == 2
    with Dev(tmp_path) as dev:                        # saves version 1 again
        assert dev.wait_for("ready")["version"] == 3
    with Dev(tmp_path, arguments=["--fresh"]) as dev:
        assert dev.wait_for("ready")["version"] == 1


def test_a_second_one_leaves_the_first_its_data(tmp_path):
    with Dev(tmp_path) as dev:
        dev.wait_for("ready")
        for more in ([], ["--fresh"]):
            dev.cli.run("dev", "--port", free_port(), *more, cwd=dev.folder).fails(1, "F0802", "another `faasta dev` of this project", "fix: Stop it")
        dev.save(2)
        assert dev.wait_for("ready", 2)["version"] == 2


def test_many_saves_under_load(tmp_path):
    """No answer is of an older version than the one that was ready before the request, and no request fails."""
    saves = 200 if LONG else 20
    with Dev(tmp_path) as dev:
        dev.wait_for("ready")
        ready, wrong, answered, stop = [1], [], [0], threading.Event()

        def load():
            with Connection(("127.0.0.1", dev.port)) as connection:
                while not stop.is_set():
                    least = ready[0]
                    answer = connection.exchange(request("GET", "/", f"hello.localhost:{dev.port}"))
                    found = re.fullmatch(r"VERSION-(\d+)\s*", answer.text)
                    if answer.status != 200 or not found or int(found[1]) < least:
                        wrong.append((least, answer.status, answer.text[:100]))
                    answered[0] += 1
                    stop.wait(0.01)
        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for number in range(2, saves + 2):
                dev.save(number)
                dev.wait_for("ready", number)
                ready[0] = number
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert not wrong, wrong[:5]
        after_build = sorted(one["deploy_ms"] for one in dev.of("ready")[1:])
        middle, worst = after_build[len(after_build) // 2], after_build[-1]
        print(f"{answered[0]} answers; after the end of a build, the new version answers after {middle:.0f} ms (median), {worst:.0f} ms (worst)")
        assert answered[0] > saves and dev.builds() == saves + 1


@pytest.mark.parametrize("for_development", [False, True])
def test_a_private_server_does_not_wait_for_the_disk(make_server, tmp_path, for_development):
    if not shutil.which("strace") or SANITIZED:
        pytest.skip("needs strace, and a program that it can trace")
    calls = tmp_path / "calls"
    server = make_server({"server": {"for_development": for_development}}, start=False)
    server.program = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", calls, *server.program]
    server.start()
    begun = len(calls.read_text().splitlines())
    server.deploy("hello", version_guest(1), verify=False)
    waits = [line for line in calls.read_text().splitlines()[begun:] if "sync(" in line]
    assert bool(waits) != for_development, waits
    traced = int(pathlib.Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()[0])
    os.kill(traced, signal.SIGKILL)
    server.process.wait(patient(10))
    server.program = server.program[-1:]
    assert server.start().versions("hello")[0]["version"] == 1, "a crash loses nothing"


def test_code_of_a_private_server_is_compiled_in_less_time(make_server):
    """The compiler does less for it, so the code is larger."""
    sizes = {}
    for for_development in (False, True):
        server = make_server({"server": {"for_development": for_development}})
        server.deploy("hello", "hello-raw")
        assert server.call("hello").status == 200
        sizes[for_development] = sum(path.stat().st_size for path in (server.data / "compiled").rglob("*") if path.is_file())
    assert sizes[True] > 1.2 * sizes[False], sizes


def test_idle_it_uses_no_processor_time(tmp_path):
    with Dev(tmp_path) as dev:
        dev.wait_for("ready")

        def used():
            fields = pathlib.Path(f"/proc/{dev.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        before, begin = used(), time.monotonic()
        eventually(lambda: time.monotonic() - begin > 2, 5)      # a measured span, not a wait for something
        assert used() - before <= 0.05


def test_keys_on_a_terminal(tmp_path):
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "faasta.toml").write_text(TOML)
    (folder / "build.sh").write_text("echo built >> builds; mkdir -p made; cp src/version made/out.wasm\n")
    (folder / ".gitignore").write_text("builds\n")
    (folder / "src/version").write_bytes(version_guest(1))
    cli = Cli(tmp_path / "home")
    main, side = pty.openpty()
    process = subprocess.Popen(cli.command("dev", "--port", "0"), stdin=side, stdout=side, stderr=side, env=cli.environment(), cwd=folder, start_new_session=True)
    os.close(side)
    seen = []

    def read():
        with contextlib.suppress(OSError):
            while data := os.read(main, 4096):
                seen.append(data.decode(errors="replace"))
    reader = threading.Thread(target=read)
    reader.start()
    try:
        eventually(lambda: "keys: b browser" in "".join(seen), 30)
        os.write(main, b"r")
        eventually(lambda: "no change: version 1 answers" in "".join(seen), 20)
        os.write(main, b"q")
        assert process.wait(patient(15)) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(main)
        reader.join()


@pytest.mark.parametrize("what, needle", [("watch = 1", "`build.watch` must be a list"), ("watch = [1]", "`build.watch` must hold patterns")])
def test_watch_patterns_are_checked(tmp_path, what, needle):
    cli = Cli(tmp_path / "home")
    (tmp_path / "home" / "faasta.toml").write_text(TOML + what + "\n")
    cli.run("config").fails(1, "F0703", needle)
