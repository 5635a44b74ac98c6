"""unit_filter.py PROGRAM ARGUMENT...: runs the program under the system call filter of packaging/server/faastad.service,
and under that of MemoryDenyWriteExecute (no_new_code.py). systemd-analyze says which calls the groups of the unit have.
tests/check_unit runs the black-box tests in this way."""
import errno
import os
import pathlib
import re
import subprocess
import sys

import no_new_code

UNIT = pathlib.Path(__file__).resolve().parents[2] / "packaging/server/faastad.service"
NUMBERS = pathlib.Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
LOAD, EQUAL, RETURN = no_new_code.LOAD, no_new_code.EQUAL, no_new_code.RETURN
ALLOW, FAIL = no_new_code.ALLOW, 0x00050000


def calls(words):
    """The calls of a list: names, and groups of names."""
    out = set()
    for word in words:
        if not word.startswith("@"):
            out.add(word)
            continue
        text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", word], capture_output=True, text=True, check=True).stdout
        out |= calls(line.strip() for line in text.splitlines()[1:] if line.strip() and not line.strip().startswith("#"))
    return out


def allowed():
    """What is left of the lists of the unit: the first one allows, those with ~ take away. systemd adds @default."""
    out = calls(["@default"])
    for value in re.findall(r"^SystemCallFilter=(.*)$", UNIT.read_text(), re.MULTILINE):
        listed = calls(value.removeprefix("~").split())
        out = out - listed if value.startswith("~") else out | listed
    return out


def filter_program(names):
    numbers = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", NUMBERS.read_text())}
    code = [(LOAD, 0, 0, 0)]
    for name, number in numbers.items():
        code += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW if name in names else FAIL | errno.EPERM)]
    return [*code, (RETURN, 0, 0, FAIL | errno.ENOSYS)]           # newer than the headers


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(sorted(allowed())))
        sys.exit()
    # tests/check_unit makes the list once: systemd-analyze is slow.
    listed = os.environ.get("FAASTA_UNIT_CALLS")
    no_new_code.enter(filter_program(set(pathlib.Path(listed).read_text().split()) if listed else allowed()))
    no_new_code.enter(no_new_code.filter_program())
    os.execv(sys.argv[1], sys.argv[1:])
