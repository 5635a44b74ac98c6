"""`faastad attack`: the short form holds on this machine, and a bound that is broken is reported.

Latencies mean little while other programs use the processor. So this file judges the memory, and whether the victim is
served at all. `./dev check attack` judges all."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile

import pytest

from support.guests import guest
from support.server import BINARIES, environment
from support.waiting import eventually

pytestmark = pytest.mark.skipif("FAASTA_SANITIZED" in os.environ, reason="the latencies of sanitized programs are no figures")

TIMES = ("p99 ", "not as before within ")        # how the reports of broken latencies begin
SHORT = {"short-calls", "endless-calls", "kept-bodies", "self-calls", "half-bodies", "idle-connections", "inside-addresses", "function-flood"}


def attack(*arguments, seconds=300):
    return subprocess.run([BINARIES / "faastad", "attack", *map(str, arguments)], capture_output=True, text=True, env=environment(), timeout=seconds)


def test_the_short_form_holds():
    done = attack("--short", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode in (0, 1), done
    assert {row["attacker"] for row in rows} == {"control", *SHORT}
    for row in rows:
        assert [text for text in row["broken"] if not text.startswith(TIMES) and "errors of the victim" not in text] == [], row
        assert row["during"]["errors"] <= 7 and row["during"]["requests"] >= 145, row
        assert row["memory_peak"] <= 1.1 * 1088 * (1 << 20), row
    attackers = [row for row in rows if row["attacker"] != "control"]
    assert all(row["owners"] == 2 for row in attackers)
    # An attack that sends nothing would hold too.
    assert all(row["answered"] + row["refused"] > 0 for row in attackers if row["attacker"] not in ("kept-bodies", "half-bodies", "endless-calls")), attackers


def test_a_broken_bound_is_reported(tmp_path):
    """On this server, one owner may have all calls at once."""
    settings = tmp_path / "faastad.toml"
    settings.write_text("[limits]\nconcurrent_calls = 20\nconcurrent_calls_per_function = 20\nconcurrent_calls_per_owner = 20\n")
    done = attack("--seconds", 1, "--only", "sleepers", "--settings", settings)
    assert done.returncode == 1, done
    header, control, *rows = done.stdout.splitlines()
    assert header.split()[:3] == ["ATTACKER", "OWNERS", "TRIES"] and control.startswith("control"), done.stdout
    assert [line.split()[:3] for line in rows] == [["sleepers", "1", "3"], ["sleepers", "2", "3"]], done.stdout
    assert all("BROKEN: " in line and "errors of the victim during the attack" in line for line in rows), done.stdout


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_an_attack_that_is_stopped(how, tmp_path):
    process = subprocess.Popen([BINARIES / "faastad", "attack", "--only", "sleepers"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(TMPDIR=str(tmp_path)),
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))        # a shell may start the tests without it
    eventually(lambda: list(tmp_path.glob("faastad-attack-*/data/faasta.db")), 30, "the data folder of its server")
    process.send_signal(how)
    assert process.wait(20) == -how
    eventually(lambda: not list(tmp_path.iterdir()), 20, "the folder to go")


def test_the_server_is_gone_afterwards():
    before = set(pathlib.Path(tempfile.gettempdir()).glob("faastad-attack-*"))
    assert attack("--seconds", 1, "--only", "inside-addresses").returncode in (0, 1)
    assert set(pathlib.Path(tempfile.gettempdir()).glob("faastad-attack-*")) == before
    running = [path.read_bytes() for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in running if b"faastad-attack-" in line]


@pytest.mark.parametrize("arguments, text", [
    (["--only", "nothing"], "there is no attack 'nothing'"), (["--seconds", "0"], "seconds"), (["--component", "/nowhere.wasm"], "/nowhere.wasm"),
    (["--settings", "/nowhere.toml"], "/nowhere.toml")])
def test_mistakes_are_explained(arguments, text):
    done = attack(*arguments)
    assert done.returncode >= 2 or "nowhere" in text and done.returncode, done
    assert text in done.stderr and done.stdout == "", done


def test_a_component_that_is_no_guest_is_refused():
    with tempfile.NamedTemporaryFile(suffix=".wasm") as file:
        file.write(guest("core-module"))
        file.flush()
        done = attack("--component", file.name)
    assert done.returncode == 2 and "F0807" in done.stderr and "F0404" in done.stderr, done


def test_each_attack_is_listed():
    done = attack("--list")
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(names) == len(set(names)) >= 29 and SHORT < set(names)
    page = (pathlib.Path(__file__).parent.parent / "docs" / "attack.md").read_text()
    assert [name for name in names if f"`{name}`" not in page] == []
