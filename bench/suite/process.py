"""Figures from /proc about a process and the kernel."""
import os
import pathlib


def status(pid, key):
    """A figure in /proc/PID/status, in bytes."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


def peak_memory(pid):
    return status(pid, "VmHWM")


def kilobytes(path):
    """{key: bytes} from a file with lines `key: N kB`."""
    lines = (line.split() for line in pathlib.Path(path).read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines if len(words) == 3 and words[2] == "kB"}


def memory(pid):
    """The parts of a process's memory, in bytes. The kernel's slab is counted for the whole machine, page tables for the process."""
    rollup = kilobytes(f"/proc/{pid}/smaps_rollup")
    machine = kilobytes("/proc/meminfo")
    return {"anonymous": rollup["Anonymous"], "file": rollup["Rss"] - rollup["Anonymous"], "pss": rollup["Pss"], "page tables": status(pid, "VmPTE"),
            "slab": machine["Slab"], "unreclaimable slab": machine["SUnreclaim"]}


def mappings(pid):
    with open(f"/proc/{pid}/maps", "rb") as file:
        return sum(1 for _ in file)


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def minor_faults(pid):
    return int(stat(f"/proc/{pid}")[7])


def context_switches(pid):
    lines = (line.split() for task in tasks(pid) for line in (task / "status").read_text().splitlines() if "ctxt_switches" in line)
    return sum(int(words[1]) for words in lines)


def cpu_seconds(pid):
    return sum(int(one) for one in stat(f"/proc/{pid}")[11:13]) / os.sysconf("SC_CLK_TCK")


def tasks(pid):
    return sorted(pathlib.Path(f"/proc/{pid}/task").iterdir())


def stat(folder):
    """The fields of /proc/.../stat after the name, beginning with the state."""
    return (pathlib.Path(folder) / "stat").read_text().rpartition(")")[2].split()
