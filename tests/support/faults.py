"""Faults in the file operations of a server, by a library that is loaded into the server (tests/faults/faults.c)."""
import ctypes
import errno
import mmap
import pathlib
import subprocess

from support.guests import REPOSITORY

OPERATIONS = {"open": 1, "write": 2, "sync": 4, "rename": 8, "link": 16, "unlink": 32, "truncate": 64, "read": 128, "map": 256}
COUNT, FAIL, KILL, SHORT = range(4)


class Control(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("armed", "count", "nth", "action", "error", "operations", "hit")] + [("what", ctypes.c_char * 4096)]


def library(folder, name="faults"):
    """Compiles tests/faults/NAME.c."""
    out = pathlib.Path(folder) / f"{name}.so"
    if not out.exists():
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", out, REPOSITORY / "tests" / "faults" / f"{name}.c", "-ldl"], check=True)
    return out


class Faults:
    """Faults of one server. Make it before the server starts."""

    def __init__(self, server):
        self.server, file = server, server.folder / "faults"
        file.write_bytes(bytes(ctypes.sizeof(Control)))
        with open(file, "r+b") as opened:
            self.control = Control.from_buffer(mmap.mmap(opened.fileno(), 0))
        server.more_environment |= {"LD_PRELOAD": str(library(server.folder)), "FAULTS_CONTROL": str(file), "FAULTS_FOLDER": f"{server.data.resolve()}/"}

    def arm(self, action, nth=0, error=errno.EIO, operations=tuple(OPERATIONS)):
        control = self.control
        control.count, control.nth, control.action, control.error, control.hit, control.what = 0, nth, action, error, 0, b""
        control.operations = sum(OPERATIONS[name] for name in operations)
        control.armed = 1

    def disarm(self):
        """Returns the number of operations, and the operation that was hit: None, or its name and file."""
        self.control.armed = 0
        return self.control.count, self.control.what.decode() if self.control.hit else None
