"""The peers that Faasta is compared with: `wasmtime serve` with the same component; workerd and Node with the same answer."""
import contextlib
import functools
import os
import pathlib
import re
import socket
import subprocess
import time
from collections import namedtuple

from support.guests import guest_file
from suite.placement import REPOSITORY, TOOLS, on
from suite.programs import built

HERE = pathlib.Path(__file__).resolve().parents[1] / "peers"
WORKERD = "1.20261117.1"
POOL = "pooling-memory-keep-resident=1048576,pooling-table-keep-resident=65536,pooling-pagemap-scan=y"
ALWAYS = ["-Scli", "--no-logging-prefix"]
FLAGS = {                                            # which is best depends on the guest
    "tuned": [f"-O{POOL}"], "tuned, no CoW": [f"-O{POOL},memory-init-cow=n"],
    "tuned, explicit bounds": [f"-O{POOL},signals-based-traps=n,memory-guard-size=0"],
    "tuned, explicit bounds, no CoW": [f"-O{POOL},signals-based-traps=n,memory-guard-size=0,memory-init-cow=n"],
}
MIMALLOC = next(pathlib.Path("/usr/lib").glob("*/libmimalloc.so.2*"), None)

Served = namedtuple("Served", "address host pid")    # the address of a server


@functools.cache
def wasmtime_version():
    """The version of `wasmtime serve`, which is also the engine's version of Wasmtime."""
    return re.search(r'^wasmtime = \{ version = "=([^"]+)"', (REPOSITORY / "engine" / "Cargo.toml").read_text(), re.MULTILINE)[1]


def wasmtime_program():
    """The path of wasmtime. It is built when it is first needed, which takes long."""
    tools = REPOSITORY / "guests" / "tools"
    subprocess.run([tools, "wasmtime-bench"], check=True)
    return subprocess.run([tools, "path", "wasmtime-bench"], check=True, capture_output=True, text=True).stdout.strip()


def workerd_program():
    return TOOLS / "node_modules" / ".bin" / "workerd"


def install_workerd():
    """Installs workerd once from npm. Returns False if this is not possible."""
    stamp = TOOLS / "workerd.version"
    if stamp.exists() and stamp.read_text() == WORKERD and workerd_program().exists():
        return True
    TOOLS.mkdir(parents=True, exist_ok=True)
    (TOOLS / "package.json").write_text('{"private": true}')
    try:
        subprocess.run(["npm", "install", "--silent", "--no-fund", "--no-audit", f"workerd@{WORKERD}"], cwd=TOOLS, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    stamp.write_text(WORKERD)
    return True


@contextlib.contextmanager
def running(command, place, find, **options):
    """Runs a process and kills it at the end. Yields it with its address, which is the result of `find(process)`."""
    with on(place.server):
        process = subprocess.Popen(command, **options)
    try:
        yield Served(find(process), "bench.localhost", process.pid)
    finally:
        process.kill()
        process.wait()


def told(stream, pattern, command):
    """The first match in the output of a process."""
    for line in stream:
        if found := re.search(pattern, line):
            return found
    raise SystemExit(f"{' '.join(map(str, command))} did not start")


@contextlib.contextmanager
def wasmtime(name, place, flags=()):
    command = [wasmtime_program(), "serve", *ALWAYS, *flags, "--addr", "127.0.0.1:0", guest_file(name)]
    env = {**os.environ, **({"LD_PRELOAD": str(MIMALLOC)} if flags and MIMALLOC else {})}

    def address(process):
        found = told(process.stderr, rb"http://([0-9.]+):(\d+)", command)
        return found[1].decode(), int(found[2])
    with running(command, place, address, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env) as served:
        yield served


@contextlib.contextmanager
def telling_its_port(command, place):
    with running(command, place, lambda process: ("127.0.0.1", int(told(process.stdout, rb"\d+", command)[0])), stdout=subprocess.PIPE) as served:
        yield served


def node(_name, place):
    return telling_its_port(["node", HERE / "node.mjs"], place)


def ceiling(_name, place):
    """A server without functions: shows the most that client and loopback can do."""
    return telling_its_port([built("ceiling")], place)


@contextlib.contextmanager
def workerd(_name, place):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running([workerd_program(), "serve", HERE / "hello.capnp", f"--socket-addr=http=127.0.0.1:{port}"], place,
                 lambda _process: answering(("127.0.0.1", port))) as served:
        yield served


def answering(address, seconds=10):
    """Waits until a server listens at the address, and returns the address."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=1):
            return address
        time.sleep(0.01)
    raise SystemExit(f"nothing listens at {address}")
