"""The conditions of a run: machine, load, versions, commit."""
import datetime
import hashlib
import os
import platform
import subprocess

from support.server import BINARIES
from suite.placement import REPOSITORY
from suite import peers


def first_line(*command):
    try:
        return next(iter(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().splitlines()), None)
    except OSError:
        return None


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cpu():
    return next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())


def steal_seconds():
    """Time that the hypervisor gave to others, summed over the cores."""
    return int(open("/proc/stat").readline().split()[8]) / os.sysconf("SC_CLK_TCK")


def memory_gib():
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def described():
    changed = subprocess.run(["git", "-C", REPOSITORY, "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True).stdout.strip()
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "cpu": cpu(), "cores": os.cpu_count(), "memory GiB": memory_gib(), "kernel": platform.release(),
        "commit": (first_line("git", "-C", REPOSITORY, "rev-parse", "--short", "HEAD") or "none") + (" with changes" if changed else ""),
        "versions": {"faastad": f"{first_line(BINARIES / 'faastad', '--version')}, sha256 {digest(BINARIES / 'faastad')[:12]}", "wasmtime": peers.wasmtime_version(),
                     "workerd": first_line(peers.workerd_program(), "--version") if peers.workerd_program().exists() else None,
                     "node": first_line("node", "--version"), "wrk": first_line("sh", "-c", "wrk --version | head -1")},
        "peer flags": {"wasmtime, default": peers.ALWAYS, "wasmtime, best": "one of those below, found for each guest; mimalloc preloaded" if peers.MIMALLOC else "one of those below; no mimalloc found",
                       **peers.FLAGS},
    }
