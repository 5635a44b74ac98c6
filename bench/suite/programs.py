"""The suite's own programs, compiled when they are first needed."""
import subprocess

from suite.placement import REPOSITORY, TOOLS

SOURCES = REPOSITORY / "bench" / "client"


def built(name):
    """A program of bench/client, compiled if its sources are newer."""
    program = TOOLS / name
    newest = max(path.stat().st_mtime for path in SOURCES.iterdir())
    if not program.exists() or program.stat().st_mtime < newest:
        TOOLS.mkdir(parents=True, exist_ok=True)
        subprocess.run(["clang++-19", "-std=c++23", "-O2", "-pthread", "-o", program, SOURCES / f"{name}.cpp"], check=True)
    return program
