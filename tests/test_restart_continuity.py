"""What an owner sees does not jump while one server takes over from another: the log that is followed, and the figures of
a function."""
import json
import subprocess
import threading

from support.server import BINARIES
from support.waiting import LONG, eventually
from test_supervisor import replaced, running_fixture, supervised, times  # noqa: F401, a fixture

RESTARTS = 40 if LONG else 5


class Calls:
    """Calls a function without pause until the end of the block. `ids` are the request ids of the answered calls."""

    def __init__(self, server, name):
        self.server, self.name, self.ids, self.stopped = server, name, [], threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        number = 0
        while not self.stopped.is_set():
            identity = f"call-{number:06}"
            answer = self.server.call(self.name, headers=[f"x-request-id: {identity}"])
            assert answer.status == 200, answer
            self.ids.append(identity)
            number += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()


def test_a_followed_log_loses_no_line_and_repeats_none(running, tmp_path):
    running.deploy("log", "log", verify=False)
    output = tmp_path / "followed"
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "FAASTA_SERVER": f"http://{running.address[0]}:{running.address[1]}", "FAASTA_TOKEN": running.token}
    with open(output, "wb") as file:
        follower = subprocess.Popen([BINARIES / "faasta", "logs", "log", "-f", "--json", "--tail", "1"], stdout=file, stderr=subprocess.STDOUT, env=environment)
    try:
        def begun():
            running.call("log", headers=["x-request-id: begin"])
            return output.stat().st_size > 0
        eventually(begun, 10, "the follower's first line")
        with Calls(running, "log") as calls:
            for _ in range(RESTARTS):
                so_far = len(calls.ids)
                eventually(lambda so_far=so_far: len(calls.ids) > so_far + 20, 10, "calls between two restarts")
                replaced(running)
        assert len(calls.ids) > 20 * RESTARTS

        def seen():
            lines = [json.loads(line) for line in output.read_text().splitlines() if line.endswith("}")]
            return [line["request_id"] for line in lines if line.get("kind") == "call" and line["request_id"].startswith("call-")]
        # The old server's last lines reach a follower of the new server at the next heartbeat.
        eventually(lambda: len(seen()) >= len(calls.ids), 40, "all lines")
        assert sorted(seen()) == sorted(calls.ids)
        text = output.read_text()
        assert '"gap"' not in text, text[:2000]
    finally:
        follower.kill()
        follower.wait()


def test_the_figures_of_a_function_never_go_back(running):
    with Calls(running, "hello") as calls:
        done, shown = threading.Event(), []

        def look():
            while not done.is_set():
                before = len(calls.ids)
                shown.append((before, running.metrics("hello")["calls"]))
        reader = threading.Thread(target=look)
        reader.start()
        try:
            for _ in range(RESTARTS):
                replaced(running)
        finally:
            done.set()
            reader.join()
    counts = [count for _, count in shown]
    assert len(counts) > 5 * RESTARTS
    falls = [(a, b) for a, b in zip(counts, counts[1:]) if b < a]
    assert not falls, falls
    # The first call of the deploy's test is no call of a client.
    eventually(lambda: running.metrics("hello")["calls"] >= len(calls.ids), 5, "the sum of all servers' counts")
    assert running.metrics("hello")["calls"] == len(calls.ids), (running.metrics("hello")["calls"], len(calls.ids))
