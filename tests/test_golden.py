"""The output of each command, in pipes and on a terminal, as files in tests/golden/commands. `--update` writes them."""
import difflib
import os

import pytest

from support.cli import Cli, commands
from support.golden import FOLDER
from support.guests import guest_file, version_guest
from support.screen import Screen
from support.server import Server
from support.waiting import eventually

FILES = FOLDER / "commands"
TOML = """name = "shown"
[build]
command = "cp given.wasm out.wasm"
artifact = "out.wasm"
[env]
GREETING = "hi"
[secrets]
optional = ["KEY"]
[[cron]]
name = "tick"
schedule = "0 0 1 1 *"
"""


def row(command, *arguments, **more):
    """A command and its arguments. `more`: see Screen.run(); `cwd` is a folder in the home folder, `then` is a request to
    the server after it, `cut` shows the first bytes alone, `again_until`: it is run again until its output has this text so
    often."""
    return command, [*command.split(), *arguments], more


# A story: the commands of a project and of its function, in their order.
STORY = [
    row("version"), row("help"), row("help", "rollback"), row("explain", "F0404"), row("explain", "F9999"), row("completion", "fish", cut=400), row("schema", cut=400),
    row("new", "made", "--lang", "go"), row("new", "--list"), row("new", "made"),
    row("init", "--name", "there", cwd="there"), row("init", cwd="there"),
    row("config", cwd="shown"), row("build", cwd="shown"), row("build"), row("inspect", "shown/out.wasm"), row("componentize", "core.wasm"), row("trust", "root.pem"),
    row("login", "--with-token", stdin="not a token\n"), row("login", "--with-token", stdin="OWNER"), row("whoami"), row("dashboard", "--no-browser"), row("list"),
    row("secret set", "KEY", cwd="shown", typed=[("KEY", "the value\n")]), row("secret set", "KEY", cwd="shown", stdin="another"),
    row("secret list", cwd="shown"), row("secret rollback", "KEY", cwd="shown"), row("secret delete", "KEY", cwd="shown", typed=[("[y/N]", "y\n")]),
    row("deploy", "-m", "the first", cwd="shown", then="GET /"), row("deploy", cwd="shown"), row("status", cwd="shown"), row("list"), row("invoke", "shown"), row("invoke", "shown", "-v"),
    row("logs", "shown", again_until=("GET /", 3)), row("metrics", "shown", cut=80), row("top", "-n", "1"), row("trace", "shown"), row("trace", "shown", "--request", "nothere"),
    row("deploy", cwd="second"), row("versions", "shown"), row("rollback", "shown"), row("rollback", "shown"),
    row("versions", "shown", "--diff", "1", "2"), row("promote", "2", "shown", "--plan"), row("promote", "2", "shown"), row("rollback", "shown", "--plan"),
    row("alias set", "beta", "1", "shown"), row("alias set", "v2", "1", "shown"), row("alias list", "shown"), row("alias remove", "beta", "shown"), row("alias list", "shown"),
    row("lock", "shown", "-m", "the fair is on"), row("promote", "1", "shown"), row("unlock", "shown"),
    row("deploy", "--rollout", "10%:1h,100%", cwd="shown"), row("rollout pause", "shown"), row("rollout status", "shown"), row("deploy", cwd="second"), row("rollout resume", "shown"),
    row("rollout promote", "shown"), row("rollout abort", "shown"), row("rollout status", "shown"),
    row("cron list", "shown"), row("cron run", "tick", "shown"), row("cron run", "tock", "shown"), row("cron list", "second"),
    row("domain add", "shop.example", "shown"), row("domain list"), row("domain check", "shop.example"), row("domain remove", "shop.example", "-y"),
    row("trust github", "acme/shop", "--function", "shown", "--ref", "main"), row("trust github", "acme/shop", cwd="shown"), row("trust github", "shop", cwd="shown"), row("trust list"), row("trust remove", "1"), row("trust remove", "1"),
    row("token create", "--scope", "read", "--name", "ci"), row("token list"), row("token revoke", "2"), row("token revoke", "99"),
    row("doctor", cwd="shown"), row("doctor", "--fix", cwd="js"),
    row("run", "--port", "0", "--component", "shown/out.wasm", until="Ctrl-C stops it"), row("dev", "--port", "0", cwd="shown", until="after the change"),
    row("delete", "shown", typed=[("[y/N]", "y\n")]), row("delete", "shown", "-y"), row("status", "shown"),
    row("logout"), row("deploy", cwd="shown"),
]


def tell(folder, terminal):
    """Runs the story in a world of its own. Returns the texts of each command."""
    cli = Cli(folder / "home")
    for name, number in (("shown", 1), ("second", 2)):
        (cli.home / name).mkdir()
        (cli.home / name / "faasta.toml").write_text(TOML)
        (cli.home / name / "given.wasm").write_bytes(version_guest(number))
    for name in ("there", "js"):
        (cli.home / name).mkdir()
    (cli.home / "there/go.mod").write_text("module x\n")
    (cli.home / "js/faasta.toml").write_text('name = "in-js"\n[build]\nlanguage = "js"\n')
    (cli.home / "core.wasm").write_bytes(guest_file("core-module").read_bytes())
    (cli.home / "root.pem").write_text("no certificate")
    (cli.home / "bin").mkdir()                     # the programs of this machine are not part of the texts
    for program in ("env", "sh", "cp", "mkdir"):
        (cli.home / "bin" / program).symlink_to(f"/usr/bin/{program}")
    machine = {"PATH": str(cli.home / "bin"), "FAASTA_GUEST_TOOLS": "/nowhere", "CARGO_UNSTABLE_BUILD_STD": "", "RUSTC": "", "CARGO": "", "XDG_CACHE_HOME": str(cli.home / "cache")}
    texts = {}
    with Server(folder / "server") as server:
        cli.server = server
        screen = Screen(cli, terminal)
        screen.places[server.data] = "DATA"
        for command, words, more in STORY:
            options = {key: value for key, value in more.items() if key not in ("then", "cut", "again_until")}
            options["cwd"] = cli.home / more.get("cwd", "")
            if options.get("stdin") == "OWNER":
                options["stdin"] = server.token
            text = screen.run(words, env=machine, **options)
            if "again_until" in more:
                needle, count = more["again_until"]
                text = eventually(lambda: (seen := screen.run(words, env=machine, **options)).count(needle) == count and seen, 10, needle)
            if "then" in more:
                assert server.call("shown").status == 200
            if cut := more.get("cut"):
                text = text[:cut] + f"\n(cut)\n{text.splitlines()[-1]}"
            texts.setdefault(command, []).append(text)
        assert server.stop() == 0
    return texts


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """The text of the file of each command."""
    piped, seen = (tell(tmp_path_factory.mktemp(name), terminal) for name, terminal in (("pipes", False), ("terminal", True)))
    return {command: "\n\n".join(["==== in pipes", *piped[command], "==== on a terminal", *seen[command]]) + "\n" for command in piped}


def file_of(command):
    return FILES / f"{command.replace(' ', '-')}.txt"


def test_each_command_has_a_file(cli, texts):
    assert sorted(commands(cli)) == sorted(texts), "the story has each command"
    if os.environ.get("FAASTA_GOLDEN") == "write":
        FILES.mkdir(exist_ok=True)
        for file in FILES.iterdir():
            file.unlink()
        for command, text in texts.items():
            file_of(command).write_text(text)
    assert sorted(FILES.iterdir()) == sorted(map(file_of, texts)), "the files are those of the commands; `--update` writes them"


def test_the_output_is_that_of_the_files(texts):
    different = []
    for command, text in texts.items():
        if file_of(command).exists() and (before := file_of(command).read_text()) != text:
            different += difflib.unified_diff(before.splitlines(), text.splitlines(), f"{command}: golden", f"{command}: now", lineterm="", n=1)
    assert not different, "\n".join(different)


def test_no_text_depends_on_the_run(tmp_path, texts):
    """A second run has the same texts. Otherwise a file would fail on some days."""
    again = tell(tmp_path, False)
    for command, seen in again.items():
        assert texts[command].startswith("\n\n".join(["==== in pipes", *seen, "==== on a terminal"])), command
