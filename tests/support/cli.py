"""The real faasta, with its own home folder."""
import json
import os
import pathlib
import re
import subprocess

from support.guests import REPOSITORY
from support.server import BINARIES, environment


class Ran:
    def __init__(self, command, done):
        self.command, self.exit, self.out, self.err = command, done.returncode, done.stdout, done.stderr

    def ok(self):
        assert self.exit == 0, self
        return self

    def fails(self, exit_code, *needles):
        """Asserts that the command failed with this exit code, and that stderr contains each of the needles."""
        assert self.exit == exit_code, self
        for needle in needles:
            assert needle in self.err, (needle, self)
        assert "Traceback" not in self.err and "terminate called" not in self.err, self
        return self

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"{' '.join(map(str, self.command))} -> {self.exit}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Cli:
    def __init__(self, home):
        self.home = pathlib.Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.server = None          # a support.server.Server, or a URL
        self.program = BINARIES / "faasta"

    def environment(self, more=None):
        env = environment(HOME=str(self.home), XDG_CONFIG_HOME=str(self.home / "config"), NO_COLOR="1")
        # The build tools are in the real home folder.
        for key, folder in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")):
            real = pathlib.Path(os.environ.get(key, pathlib.Path.home() / folder))
            if real.exists():
                env[key] = str(real)
        env.setdefault("FAASTA_GUEST_TOOLS", str(pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "faasta/guest-tools"))
        if self.server is not None:
            env["FAASTA_SERVER"] = self.server if isinstance(self.server, str) else f"http://localhost:{self.server.address[1]}"
        env.update(more or {})
        return env

    def command(self, *arguments):
        return [self.program, *map(str, arguments)]

    def run(self, *arguments, stdin="", env=None, cwd=None, seconds=300):
        command = self.command(*arguments)
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, errors="replace", timeout=seconds,
                              env=self.environment(env), cwd=cwd or self.home)
        return Ran(command, done)

    def start(self, *arguments, env=None, cwd=None):
        """A command that runs until it is stopped."""
        return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=self.environment(env), cwd=cwd or self.home)


def rust_build_environment():
    """The environment variables that cargo needs to build for wasm32-wasip2 on this machine (guests/tools env)."""
    lines = subprocess.run([REPOSITORY / "guests" / "tools", "env"], capture_output=True, text=True, check=True).stdout
    words = lines.replace("export ", "").split()
    return dict(word.split("=", 1) for word in words)


def shared_target():
    """One target folder for all runs. So dependencies are compiled only once, and the same for std if it is built
    from source."""
    folder = REPOSITORY / "build" / "tests-target"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def commands(cli, *words):
    """All commands that the help lists, such as "token create"."""
    before, _, text = cli.run(*words, "--help").ok().out.partition("Subcommands:")
    out = [" ".join(words)] if text and words and "Positionals:" in before else []     # `trust FILE`, beside `trust list`
    for name in re.findall(r"^  ([a-z]\S*) ", text, re.MULTILINE):
        below = commands(cli, *words, name.rstrip(","))
        out += below or [" ".join([*words, name.rstrip(",")])]
    return out
