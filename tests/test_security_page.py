"""Fixes of Wasmtime are taken within 14 days. The names of tests in docs/security.md exist."""
import datetime
import json
import os
import pathlib
import re
import subprocess

import pytest

from support.guests import REPOSITORY

DAYS = 14


def releases():
    """{(48, 0, N): time of publication}, from cargo's copy of the registry's index."""
    done = subprocess.run(["cargo", "info", "wasmtime@48"], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"the registry does not answer: {done.stderr.strip()[-200:]}")
    home = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
    found = {}
    for index in home.glob("registry/index/*/.cache/wa/sm/wasmtime"):
        for entry in index.read_bytes().split(b"\0"):
            if entry.startswith(b"{") and b"pubtime" in entry:
                release = json.loads(entry)
                if re.fullmatch(r"48\.0\.\d+", release["vers"]) and not release.get("yanked"):
                    found[tuple(map(int, release["vers"].split(".")))] = datetime.datetime.fromisoformat(release["pubtime"].replace("Z", "+00:00"))
    if not found:
        pytest.skip("this cargo's index has no times")
    return found


def test_wasmtime_has_the_fixes_of_two_weeks_ago():
    used = re.search(r'wasmtime = \{ version = "=48\.0\.(\d+)"', (REPOSITORY / "engine" / "Cargo.toml").read_text())
    limit = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=DAYS)
    needed = max((version for version, time in releases().items() if time < limit), default=(48, 0, 0))
    assert (48, 0, int(used[1])) >= needed, f"take Wasmtime {'.'.join(map(str, needed))}: it is older than {DAYS} days"


def named_tests():
    """The names in the column of tests of docs/security.md."""
    rows = re.findall(r"^\| \d+ \|.*\| ([^|]+) \|$", (REPOSITORY / "docs" / "security.md").read_text(), re.MULTILINE)
    return sorted({name for row in rows for name in re.findall(r"`([^`]+)`", row)})


def exists(name):
    if name.startswith("fuzz/"):
        return (REPOSITORY / name).exists()
    file, _, function = name.partition("::")
    if file == "engine":
        sources = (REPOSITORY / "engine" / "src").rglob("*.rs")
        return any(re.search(rf"#\[test\]\s+fn {function}\(", source.read_text()) for source in sources)
    if file == "unit":
        suite, _, test = function.partition(".")
        return any(f"({suite}, {test})" in source.read_text() for source in (REPOSITORY / "src").rglob("*_test.cpp"))
    return re.search(rf"^def {function}\(", (REPOSITORY / "tests" / f"{file}.py").read_text(), re.MULTILINE) is not None


def test_there_are_many_rows():
    assert len(named_tests()) > 60


@pytest.mark.parametrize("name", named_tests())
def test_each_named_test_exists(name):
    assert exists(name)
