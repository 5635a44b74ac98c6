"""The templates of `faasta new`, with the tools that a test needs to build them."""
import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

from support.cli import rust_build_environment, shared_target
from support.guests import REPOSITORY

TOOLS = pathlib.Path(os.environ.get("FAASTA_GUEST_TOOLS", pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "faasta/guest-tools"))
INSTALLED = REPOSITORY / "build" / "template-tools"

# The source that a developer changes, and the command that runs the template's own tests.
SOURCES = {"rust": "src/main.rs", "rust-axum": "src/main.rs", "js": "src/answer.js", "ts": "src/answer.ts", "python": "src/answer.py", "go": "main.go", "c": "src/function.c", "cpp": "src/function.cpp"}
TESTS = {"rust": "cargo test --quiet --locked", "rust-axum": "cargo test --quiet --locked", "js": "npm test", "ts": "npm test", "python": "PYTHONPATH=src python3 -m unittest discover test",
         "go": "go test ./...", "c": "sh test/run", "cpp": "sh test/run"}


def build_environment(language):
    """The variables for builds in this language: caches of this machine, as the tests have home folders of their own."""
    if language.startswith("rust"):
        return rust_build_environment() | {"CARGO_TARGET_DIR": str(shared_target())}
    if language == "go":
        found = subprocess.run(["go", "env", "GOCACHE"], capture_output=True, text=True)
        return {"GOCACHE": found.stdout.strip(), "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"} if found.returncode == 0 else {}
    if language in ("c", "cpp"):
        cache = str(TOOLS / "zig-cache")
        return {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    return {}


def installed(kind, lock, folder_of, commands):
    """A folder with the packages of a lock file; made once for each lock file. Skips the test if that fails."""
    folder = INSTALLED / f"{kind}-{hashlib.sha256(lock.encode()).hexdigest()[:16]}"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder_of(folder)
        for command in commands:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
            if done.returncode != 0:
                pytest.skip(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-300:]}")
        (folder / "complete").touch()
    return folder


def npm_packages(project):
    """The packages of the project's lock file, by `npm ci`."""
    if not shutil.which("npm"):
        pytest.skip("no npm")

    def copy(folder):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(project / name, folder / name)
    lock = (project / "package-lock.json").read_text().replace(project.name, "any")
    (project / "node_modules").symlink_to(installed("npm", lock, copy, [["npm", "ci", "--silent", "--no-audit", "--no-fund"]]) / "node_modules")


def python_packages(project):
    """The packages of the project's requirements.txt, in a virtual environment."""
    def copy(folder):
        shutil.copy(project / "requirements.txt", folder)
    commands = [["/usr/bin/python3", "-m", "venv", ".venv"], [".venv/bin/pip", "install", "--quiet", "-r", "requirements.txt"]]
    (project / ".venv").symlink_to(installed("pip", (project / "requirements.txt").read_text(), copy, commands) / ".venv")


def new_project(cli, language, name):
    """A new project, with the tools that its build needs. Skips the test if this machine lacks one."""
    cli.run("new", name, "--lang", language).ok()
    project = cli.home / name
    if (project / "package-lock.json").exists():
        npm_packages(project)
    if (project / "requirements.txt").exists():
        python_packages(project)
    ready = cli.run("new", "--list", "--json", cwd=project, env=build_environment(language)).ok().json()["languages"]
    mine = next(one for one in ready if one["language"] == language)
    if not mine["ready"]:
        missing = [tool["program"] for tool in mine["tools"] if not tool["usable"]]
        pytest.skip(f"{', '.join(missing)} missing (faasta new --list)")
    return project


def change(path, old, new):
    """Saves a file as editors do: a new file takes the place of the old one."""
    text = path.read_text()
    assert old in text, (old, text)
    other = path.with_suffix(path.suffix + ".tmp")
    other.write_text(text.replace(old, new))
    other.rename(path)
