"""The commands in docs/guide: all of them are run, in the order of the page. A comment `prints: TEXT` is checked."""
import os
import re
import shutil
import signal
import subprocess

import pytest

from support.cli import Cli, rust_build_environment
from support.guests import REPOSITORY
from support.http1 import Connection, request
from support.server import BINARIES, free_port
from support.templates import build_environment, npm_packages, python_packages
from support.waiting import eventually

GUIDE = REPOSITORY / "docs" / "guide"
PAGES = sorted(path.stem for path in GUIDE.glob("*.md") if path.stem != "README")
NEEDS = {"go": "go", "javascript": "npm", "rust": "cargo"}      # a page, and a program of the machine without which it is skipped


def commands(page):
    """The lines of the page's shell blocks: (command, the text that it prints)."""
    for block in re.findall(r"^```sh\n(.*?)^```", (GUIDE / f"{page}.md").read_text(), re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            command, _, comment = line.partition("  # ")
            prints = comment.partition("prints: ")[2] or line.partition("# prints: ")[2]
            yield command.partition("# prints: ")[0].strip(), prints.strip()


class Reader:
    """A person who types the commands of one page."""

    def __init__(self, cli, server):
        self.cli, self.server, self.folder = cli, server, cli.home
        self.env = cli.environment({"NO_PROXY": "*", "no_proxy": "*"})
        for language in ("rust", "go", "c"):
            self.env |= build_environment(language)
        (cli.home / "bin").mkdir()
        (cli.home / "bin" / "faasta").symlink_to(BINARIES / "faasta")
        self.env["PATH"] = f"{cli.home / 'bin'}:{os.environ['PATH']}"

    def types(self, command):
        """Returns what the command prints."""
        if command.startswith("cd "):
            self.folder = (self.folder / command[3:]).resolve()
            return ""
        if command == "npm ci":
            return npm_packages(self.folder) or ""
        if command.startswith("python3 -m venv .venv"):
            return python_packages(self.folder) or ""
        if command.startswith("rustup target add"):
            return ""       # the machine has it, or compiles std from Debian's source (guests/tools env)
        if command == "faasta dev":
            return self.works_with_dev()
        env = dict(self.env)
        if command.startswith("cargo test"):        # for the machine itself
            for name in rust_build_environment():
                env.pop(name, None)
        command = command.replace(":8080", f":{self.server.address[1]}").replace("curl ", "curl -sS --fail-with-body --max-time 30 ")
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=env, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, (command, done)
        return done.stdout + done.stderr

    def works_with_dev(self):
        port = free_port()
        process = self.cli.start("dev", "--port", port, cwd=self.folder, env=self.env)
        try:
            eventually(lambda: answers(port), 300, "an answer of the private server")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        return ""


def answers(port):
    try:
        with Connection(("127.0.0.1", port)) as connection:
            return connection.exchange(request("GET", "/", f"localhost:{port}")).status == 200
    except OSError:
        return False


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_work(server, tmp_path, page):
    if page in NEEDS and not shutil.which(NEEDS[page]):
        pytest.skip(f"no {NEEDS[page]}")
    if not shutil.which("curl"):
        pytest.skip("no curl")
    cli = Cli(tmp_path / "home")
    cli.server = server
    cli.run("login", "--with-token", stdin=server.token).ok()
    reader = Reader(cli, server)
    for command, prints in commands(page):
        if command and not command.startswith("#"):
            shown = reader.types(command)
            # A line of a log may be written a moment after its answer.
            if prints and command.startswith("faasta logs"):
                eventually(lambda: prints in reader.types(command), 10, f"{command}: {prints}")
            else:
                assert prints in shown, (command, prints, shown)


def test_every_page_is_in_the_list():
    listed = (GUIDE / "README.md").read_text()
    assert [page for page in PAGES if f"({page}.md)" not in listed] == []
