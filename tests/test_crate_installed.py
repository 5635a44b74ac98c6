"""`cargo install --path` of the crate cargo-faasta on a clean Debian 12, with g++ and with clang. Run by
packaging/check-crate, which makes the crate (FAASTA_CRATE, a folder outside of the repository) and names a tar file of
the system (FAASTA_DEBIAN). The systems are folders, and share the network of this machine."""
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from support.debian import unpack
from support.guests import REPOSITORY, guest_file
from support.server import Server

pytestmark = pytest.mark.skipif("FAASTA_CRATE" not in os.environ, reason="run packaging/check-crate")
LONGEST = 300           # seconds, on two cores
PROGRAMS = {"faasta", "cargo-faasta", "faasta-componentize"}
# A compiler, its package, and the variables that name it. Debian has no command `c++` for clang.
COMPILERS = {"gcc": ("g++", {}), "clang": ("clang-19", {"CC": "clang-19", "CXX": "clang++-19", "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER": "clang-19"})}
RUST = pathlib.Path(subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip())
CARGO_HOME = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))


class Debian:
    """A Debian system in a folder, with this machine's Rust and the crates that cargo has downloaded."""

    def __init__(self, root):
        self.root = root
        unpack(root)
        for folder in ("opt/rust", "cargo/registry", "crate"):
            (root / folder).mkdir(parents=True)
        shutil.copytree(os.environ["FAASTA_CRATE"], root / "crate", dirs_exist_ok=True)
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")

    def run(self, *words, code=0, **variables):
        mounts = [("proc", "-t proc proc"), ("dev", "--rbind /dev"), ("opt/rust", f"--bind {RUST}"), ("cargo/registry", f"--bind {CARGO_HOME}/registry")]
        script = " && ".join([f"mount {what} {self.root}/{where}" for where, what in mounts] + [f'exec chroot {self.root} "$@"'])
        proxies = [f"{name}={value}" for name, value in os.environ.items() if name.lower() in ("http_proxy", "https_proxy")]
        clean = ["env", "-i", "PATH=/usr/local/bin:/opt/rust/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "CARGO_HOME=/cargo", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
                 *proxies, *(f"{name}={value}" for name, value in variables.items())]
        done = subprocess.run(["unshare", "--mount", "sh", "-ec", script, "sh", *clean, *map(str, words)], capture_output=True, text=True, timeout=1800)
        assert done.returncode == code, (words, done.returncode, done.stdout[-3000:], done.stderr[-5000:])
        return done.stdout + done.stderr

    def has(self, program):
        return any((self.root / folder / program).exists() for folder in ("bin", "usr/bin", "usr/local/bin"))


@pytest.fixture(scope="module", name="bare")
def bare_fixture():
    """A system without a compiler for C++."""
    system = Debian(REPOSITORY / "build" / "crate-roots" / "bare")
    yield system
    shutil.rmtree(system.root)


@pytest.fixture(scope="module", params=COMPILERS, name="installed")
def installed_fixture(request):
    package, variables = COMPILERS[request.param]
    system = Debian(REPOSITORY / "build" / "crate-roots" / request.param)
    system.run("apt-get", "-y", "-qq", "--no-install-recommends", "install", package)
    assert not any(map(system.has, ("cmake", "make", "pkg-config", "go", "ninja", "g++" if request.param == "clang" else "clang")))
    assert not (system.root / "usr/include/curl").exists() and not (system.root / "usr/include/boost").exists()
    began = time.monotonic()
    said = system.run("cargo", "install", "--path", "/crate", "--root", "/usr/local", "--offline", "--locked", **variables)
    system.seconds = time.monotonic() - began
    print(f"{request.param}: installed after {system.seconds:.0f} s")
    assert "warning" not in said, said
    yield system
    if request.param != "gcc":          # packaging/check-crate goes on with the programs of g++
        shutil.rmtree(system.root)


@pytest.fixture(scope="module", name="running")
def running_fixture(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server
        assert server.stop() == 0


def test_it_is_installed_in_time(installed):
    assert {path.name for path in (installed.root / "usr/local/bin").iterdir()} == PROGRAMS
    assert installed.seconds <= LONGEST


def test_both_names_work(installed):
    version = installed.run("faasta", "--version")
    assert version.startswith("faasta ") and installed.run("cargo", "faasta", "--version") == version
    assert "complete -" in installed.run("faasta", "completion", "bash") and installed.run("faasta", "__manual").startswith(".")


def test_it_needs_only_the_compilers_libraries(installed):
    for program in PROGRAMS:
        loaded = {line.split()[0] for line in installed.run("ldd", f"/usr/local/bin/{program}").splitlines()}
        assert {name.split(".so")[0].rsplit("/")[-1] for name in loaded} <= {"linux-vdso", "libstdc++", "libgcc_s", "libm", "libc", "ld-linux-x86-64"}, (program, loaded)


def test_a_deploy(installed, running):
    shutil.copy(guest_file("hello"), installed.root / "hello.wasm")
    server = {"FAASTA_SERVER": f"http://localhost:{running.address[1]}", "FAASTA_TOKEN": running.token}
    installed.run("cargo", "faasta", "deploy", "--component", "/hello.wasm", "--name", f"hello-{installed.root.name}", **server)
    assert running.call(f"hello-{installed.root.name}").status == 200
    assert f"hello-{installed.root.name}" in installed.run("faasta", "list", **server)


def test_the_roots_of_the_system_are_found(installed):
    """The certificate of the development authority is trusted only through the system's file."""
    root = installed.root
    with Server(root / "tmp" / "server", arguments=["--dev-tls", "--tls-listen", "127.0.0.1:0"]) as server:
        variables = {"FAASTA_SERVER": f"https://api.localhost:{server.https[1]}", "FAASTA_TOKEN": server.token}
        bundle = root / "etc/ssl/certs/ca-certificates.crt"
        before = bundle.read_text()
        assert "F0717" in installed.run("faasta", "list", code=9, **variables)
        for place in ("etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt"):       # Debian, Fedora
            bundle.unlink(missing_ok=True)
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            (root / place).write_text(before + (server.data / "tls/dev/root.pem").read_text())
            installed.run("faasta", "list", **variables)
            (root / place).unlink()
        bundle.write_text(before)


def test_without_a_compiler_the_reason_is_said(bare):
    bare.run("apt-get", "-y", "-qq", "--no-install-recommends", "install", "gcc", "libc6-dev")
    said = bare.run("cargo", "install", "--path", "/crate", "--root", "/usr/local", "--offline", "--locked", code=101)
    assert "needs g++ 12 or newer" in said and "apt install g++" in said, said
    bare.run("apt-get", "-y", "-qq", "--no-install-recommends", "install", "g++-11")
    said = bare.run("cargo", "install", "--path", "/crate", "--root", "/usr/local", "--offline", "--locked", code=101, CXX="g++-11")
    assert "g++-11 is too old" in said, said
