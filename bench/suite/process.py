"""What /proc tells of a process and of the kernel."""
import os
import pathlib


def status(pid, key):
    """A figure of /proc/PID/status in bytes."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


def peak_memory(pid):
    return status(pid, "VmHWM")


def kilobytes(path):
    """{key: bytes} of a file of `key: N kB` lines."""
    lines = (line.split() for line in pathlib.Path(path).read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines if len(words) == 3 and words[2] == "kB"}


def memory(pid):
    """Where a process's memory is, in bytes. Slab and page tables of the kernel are the whole machine's for the one, its own for the other."""
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
