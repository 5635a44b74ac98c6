"""Runs `wasmtime serve` with a guest, to compare its answers with ours."""
import re
import subprocess
import threading

import pytest

from support.guests import REPOSITORY, guest_file
from support.http1 import Connection


# Options for fast compilation, so that a guest of 18 MB starts in seconds. The reference is built without the pooling
# allocator.
QUICK = "-Oopt-level=0,regalloc-algorithm=single-pass,pooling-allocator=n"


def find_wasmtime():
    return subprocess.run([REPOSITORY / "guests" / "tools", "path", "wasmtime"], capture_output=True, text=True)


def has_wasmtime():
    return find_wasmtime().returncode == 0


def wasmtime():
    found = find_wasmtime()
    if found.returncode:
        pytest.skip("wasmtime is not there: guests/tools wasmtime")
    return found.stdout.strip()


def wasmtime_version():
    """The version that the program prints."""
    return subprocess.run([wasmtime(), "--version"], check=True, capture_output=True, text=True).stdout.split()[1]


class Peer:
    def __init__(self, name, *options):
        self.process = subprocess.Popen([wasmtime(), "serve", "-Scli", QUICK, *options, "--addr", "127.0.0.1:0", guest_file(name)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.address, self.ready = None, threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        assert self.ready.wait(300) and self.address, "wasmtime serve did not start"

    def _read(self):
        for line in self.process.stderr:
            if found := re.search(rb"http://([0-9.]+):(\d+)", line):
                self.address = (found[1].decode(), int(found[2]))
                self.ready.set()
        self.ready.set()

    def connect(self, seconds=60):
        return Connection(self.address, seconds)

    def stop(self):
        self.process.kill()
        self.process.wait()
