"""Completion scripts, in a real bash; and the words that `faasta __complete` gives to all shells."""
import contextlib
import os
import socket
import subprocess
import threading
import time

import pytest

from support.guests import version_guest
from support.waiting import eventually

TOML = """name = "complete-me"
[secrets]
required = ["STRIPE_KEY"]
[environments.staging]
[environments.production]
[environments."$(touch x)"]
name = "some"
[environments."two words"]
name = "others"
"""


@pytest.fixture
def project(signed_in, server):
    if "complete-me" not in server.api("GET", "/v1/functions").text:
        for number in (1, 2):
            server.deploy("complete-me", version_guest(number))
        server.deploy("other-fn", version_guest(1))
        server.api("POST", "/v1/functions/complete-me/aliases", {"label": "stable", "version": 1})
    server.api("POST", "/v1/functions/other-fn/secrets", {"GIVEN_KEY": "x"})
    (signed_in.home / "faasta.toml").write_text(TOML)
    return signed_in


def words(cli, *before, **more):
    """The words that may stand at the cursor; the last argument is the word at the cursor."""
    *before, current = before
    return [line.split("\t")[0] for line in cli.run("__complete", "--", *before, "+" + current, **more).ok().out.splitlines()]


def test_commands_and_options(cli):
    assert {"deploy", "secret", "doctor"} <= set(words(cli, "")) and "__complete" not in words(cli, "")
    assert words(cli, "dep") == ["deploy"]
    assert words(cli, "secret", "") == ["set", "list", "delete", "rollback"]
    assert words(cli, "deploy", "--allow") == ["--allow-new"]
    assert "--json" in words(cli, "deploy", "--j")
    assert words(cli, "completion", "") == ["bash", "zsh", "fish"]
    assert words(cli, "help", "rollb") == ["rollback"]
    assert words(cli, "new", "x-fn", "--lang", "ru") == ["rust", "rust-axum"]
    assert words(cli, "explain", "F1002") == ["F1002"]
    assert words(cli, "new", "") == [] and words(cli, "--color", "a") == ["auto", "always"]


def test_names_of_the_server_and_of_the_project(project):
    assert {"complete-me", "other-fn"} <= set(words(project, "status", ""))
    assert words(project, "rollback", "complete-me", "") == ["2", "1"]
    assert words(project, "promote", "") == ["2", "1"] and words(project, "promote", "2", "other") == ["other-fn"]
    assert words(project, "alias", "set", "beta", "") == ["2", "1"] and words(project, "alias", "remove", "") == ["stable"]
    assert words(project, "--env", "") == ["production", "staging"] and words(project, "deploy", "--env", "=", "st") == ["staging"]
    assert words(project, "secret", "delete", "") == ["STRIPE_KEY"]
    (project.home / "faasta.toml").write_text('name = "other-fn"\n')
    assert words(project, "secret", "delete", "") == ["GIVEN_KEY"]


def test_names_are_kept_for_some_seconds(project, server):
    assert "complete-me" in words(project, "status", "")
    server.deploy("later-fn", version_guest(1))
    assert "later-fn" not in words(project, "status", "")
    cache = project.home / ".cache" / "faasta" / "complete"
    for file in cache.iterdir():
        os.utime(file, (0, 0))
    eventually(lambda: "later-fn" in words(project, "status", ""), 10)
    assert oct(cache.stat().st_mode)[-3:] == "700"


def test_a_silent_server_holds_the_shell_up_for_a_fifth_of_a_second(cli):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begin = time.monotonic()
        assert words(cli, "status", "", env={"FAASTA_SERVER": f"http://localhost:{silent.getsockname()[1]}"}) == []
        assert time.monotonic() - begin < 1


class Slow:
    """A proxy in front of a server, which holds each answer back until the test opens the gate."""

    def __init__(self, address):
        self.address, self.gate, self.asked = address, threading.Event(), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.asked += 1
                threading.Thread(target=self.pass_on, args=(client,), daemon=True).start()

    def pass_on(self, client):
        with client, socket.create_connection(self.address) as server, contextlib.suppress(OSError):
            server.sendall(client.recv(65536))
            answer = server.recv(1 << 20)
            self.gate.wait(20)
            client.sendall(answer)


def test_a_server_that_is_far_away_answers_at_the_next_press(project, server):
    """The names come in the background, after the shell has gone on."""
    slow = Slow(server.address)
    env = {"FAASTA_SERVER": slow.url, "FAASTA_TOKEN": server.token}
    for _ in range(3):
        begin = time.monotonic()
        assert words(project, "status", "", env=env) == []
        assert time.monotonic() - begin < 1
    assert slow.asked == 1, "one process asks, however often the key is pressed"
    slow.gate.set()
    eventually(lambda: "complete-me" in words(project, "status", "", env=env), 10)
    # Old names are better than none, while the new ones are on their way.
    slow.gate.clear()
    for file in (project.home / ".cache" / "faasta" / "complete").iterdir():
        os.utime(file, (time.time() - 60, time.time() - 60))
    assert "complete-me" in words(project, "status", "", env=env)
    slow.gate.set()
    slow.listener.close()


def test_bash(project):
    script = 'source <(faasta completion bash); COMP_WORDS=(faasta "$@"); COMP_CWORD=$#; _faasta; printf "%s\\n" "${COMPREPLY[@]}"'

    def completed(*typed):
        env = project.environment({"PATH": f"{project.program.parent}:{os.environ['PATH']}"})
        return subprocess.run(["bash", "-c", script, "bash", *typed], capture_output=True, text=True, env=env, cwd=project.home, check=True).stdout.split()
    assert completed("dep") == ["deploy"]
    eventually(lambda: completed("status", "complete") == ["complete-me"], 10)
    assert completed("deploy", "--env", "st") == ["staging"]
    assert completed("inspect", "") == [], "bash then offers files"
