"""The Debian packages, on a clean Debian 12 with systemd: installed by apt, used, upgraded without a lost request, purged.
Run by packaging/check, which makes the packages (build/packages, and a later version in build/packages.next) and names a
tar file of the system. The system runs in a container, with the network of this machine."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from support.browser import shown
from support.debian import unpack
from support.guests import REPOSITORY, guest_file
from support.http1 import Connection, request
from support.pebble import Pebble
from support.restart_load import Load
from support.server import free_port
from support.waiting import eventually

pytestmark = pytest.mark.skipif("FAASTA_DEBIAN" not in os.environ, reason="run packaging/check")
PACKAGES, NEXT = REPOSITORY / "build" / "packages", REPOSITORY / "build" / "packages.next"
ADDRESS = ("127.0.0.1", 8080)
SETTINGS = "/etc/faasta/faastad.toml"
JOURNAL = ["journalctl", "--unit=faastad", "--output=cat", "--no-pager"]
BASE, HTTPS = "faasta.example", ("127.0.0.1", 443)
# What apt, dpkg and a running system write, whatever is installed.
SYSTEM = {"proc", "sys", "dev", "run", "tmp", "var/tmp", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/log", "var/lib/systemd", "root", "packages",
          "etc/ld.so.cache", "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock"}


class Debian:
    """A Debian system that runs."""

    def __init__(self, root):
        self.root = root
        unpack(root)
        for place, folder in (("packages", PACKAGES), ("packages/next", NEXT)):
            (root / place).mkdir()
            for package in folder.glob("*.deb"):
                shutil.copy(package, root / place)
        shutil.copy(guest_file("hello"), root / "packages" / "hello.wasm")
        self.log = root.with_suffix(".log")
        with open(self.log, "wb") as log:
            # The filter of nspawn does not have the calls of Landlock.
            landlock = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
            self.container = subprocess.Popen(["systemd-nspawn", "--quiet", "--boot", "--directory", root, "--register=no", "--keep-unit", "--resolv-conf=copy-host",
                                               f"--system-call-filter={landlock}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.leader, self.before, self.seconds = None, {}, 0

    def wait_until_it_runs(self):
        self.leader = eventually(self.first_process, 20, "the first process of the container")
        eventually(lambda: self.state() in ("running", "degraded"), 90, self.state)
        self.before = self.files()

    def first_process(self):
        for child in pathlib.Path(f"/proc/{self.container.pid}/task/{self.container.pid}/children").read_text().split():
            with contextlib.suppress(OSError):          # it may have ended
                if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return int(child)
        return None

    def state(self):
        return subprocess.run(self.command(["systemctl", "is-system-running"]), capture_output=True, text=True).stdout.strip()

    def close(self):
        self.container.send_signal(signal.SIGTERM)
        try:
            self.container.wait(60)
        except subprocess.TimeoutExpired:
            self.container.kill()
        shutil.rmtree(self.root, ignore_errors=True)

    def files(self):
        """Each file; files of /etc with their content."""
        out = {}
        for folder, folders, names in os.walk(self.root):
            below = pathlib.Path(folder).relative_to(self.root)
            folders[:] = [one for one in folders if (below / one).as_posix() not in SYSTEM]
            for one in folders + names:
                path = below / one
                is_setting = path.parts[0] == "etc" and (self.root / path).is_file() and not (self.root / path).is_symlink()
                out[path.as_posix()] = (self.root / path).read_bytes() if is_setting else None
        return {path: content for path, content in out.items() if path not in SYSTEM}

    def command(self, words):
        proxies = (f"{name}={value}" for name, value in os.environ.items() if name.lower() in ("http_proxy", "https_proxy"))
        return ["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--pid", "--root", "--wd", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "DEBIAN_FRONTEND=noninteractive", "HOME=/root", "LC_ALL=C.UTF-8", *proxies, "no_proxy=*", *words]

    def run(self, *words, code=0, stdin=None):
        done = subprocess.run(self.command(list(map(str, words))), capture_output=True, text=True, input=stdin, timeout=300)
        if done.returncode != code:
            print(self.log.read_text(errors="replace")[-2000:], subprocess.run(self.command(JOURNAL), capture_output=True, text=True).stdout[-6000:])
        assert done.returncode == code, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def apt(self, *words):
        return self.run("apt-get", "-y", "-qq", "--no-install-recommends", *words)

    def install(self, folder, *options):
        packages = sorted(path.name for path in (self.root / folder).glob("*.deb"))
        assert len(packages) == 2, packages
        self.apt("install", *options, *(f"/{folder}/{name}" for name in packages))

    def journal(self):
        return self.run(*JOURNAL)

    def end_of_journal(self):
        return self.journal()[-3000:]

    def times(self, event):
        return self.journal().count(f'"event":"{event}"')

    def of_unit(self, what):
        return self.run("systemctl", "show", "--value", f"--property={what}", "faastad").strip()


@pytest.fixture(scope="module", name="debian")
def debian_fixture():
    system = Debian(REPOSITORY / "build" / "debian")
    try:
        system.wait_until_it_runs()
        yield system
    finally:
        system.close()


def call(name="hello"):
    with Connection(ADDRESS) as connection:
        return connection.exchange(request("GET", "/", f"{name}.localhost"))


def test_install(debian):
    debian.install("packages", "--download-only")
    began = time.monotonic()
    debian.install("packages")
    eventually(lambda: debian.of_unit("ActiveState") == "active", 60, debian.end_of_journal)
    debian.seconds = time.monotonic() - began
    print(f"installed and ready after {debian.seconds:.1f} s")
    assert debian.run("faastad", "--version").startswith("faastad ")
    assert debian.run("faasta", "--version").startswith("faasta ") and debian.run("cargo-faasta", "faasta", "--version").startswith("faasta ")
    assert debian.run("stat", "-c", "%U %G %a", "/var/lib/faasta").split() == ["faasta", "faasta", "700"]
    assert debian.run("getent", "passwd", "faasta").strip().endswith(":/var/lib/faasta:/usr/sbin/nologin")
    assert debian.run("systemctl", "is-enabled", "faastad").strip() == "enabled"
    assert SETTINGS in debian.run("dpkg-query", "-W", "-f=${Conffiles}", "faasta-server")


def test_the_service_is_locked_down(debian):
    assert debian.of_unit("MemoryDenyWriteExecute") == "yes" and debian.of_unit("User") == "faasta"
    lockdown = json.loads(next(line for line in debian.journal().splitlines() if '"event":"lockdown"' in line))
    assert lockdown["landlock"] > 0 and lockdown["system_calls"] == "filtered"
    assert "faa_" not in debian.journal(), "the token is not in the journal"
    # It sees the folders of its unit, and no socket of another service.
    root = f"/proc/{debian.of_unit('MainPID')}/root"
    others = debian.run("sh", "-c", f"cd {root} && ls -d boot/* home/* media/* mnt/* opt/* packages root/* srv/* 2> /dev/null || true")
    assert not others, others
    sockets = debian.run("find", root + "/run", "-exec", "test", "-S", "{}", ";", "-print").split()
    assert sockets == [f"{root}/run/systemd/notify"], debian.run("find", f"{root}/run")
    assert debian.run("ls", "-A", f"{root}/var", f"{root}/var/lib").split() == [f"{root}/var:", "lib", "tmp", f"{root}/var/lib:", "faasta"]


def test_an_attack_of_its_own(debian):
    assert "sleepers" in debian.run("sh", "-c", "faastad attack --only sleepers --seconds 1; test $? -lt 2")


def test_completions_and_manual_pages(debian):
    for shell, place in (("bash", "usr/share/bash-completion/completions/faasta"), ("zsh", "usr/share/zsh/vendor-completions/_faasta"), ("fish", "usr/share/fish/vendor_completions.d/faasta.fish")):
        assert (debian.root / place).read_text() == debian.run("faasta", "completion", shell)
    pages = [page for page in (debian.root / "usr/share/man").rglob("*.gz") if "faasta" in page.name]
    assert {page.name for page in pages} == {"faasta.1.gz", "cargo-faasta.1.gz", "faasta-componentize.1.gz", "faastad.8.gz", "faasta-supervisor.8.gz"}
    for page in pages:
        text = subprocess.run(["zcat", page], capture_output=True, check=True).stdout
        if not text.startswith(b".so "):
            checked = subprocess.run(["mandoc", "-Tlint", "-Wwarning"], input=text, capture_output=True, check=False).stdout.decode()
            assert not [line for line in checked.splitlines() if "missing date" not in line], checked


class Https:
    """The installed service, with a base domain, and a certificate from Pebble."""

    def __init__(self, debian, folder):
        self.debian, self.folder, self.settings = debian, folder, debian.root / SETTINGS[1:]
        self.plain, self.hosts = self.settings.read_text(), debian.root / "etc/hosts"
        assert not self.hosts.exists()
        self.dns = free_port()
        self.ca = Pebble(folder / "pebble", self.dns)
        self.root = folder / "root.pem"
        self.root.write_text(self.ca.issuer())
        shutil.copy(self.root, debian.root / "var/tmp")
        shutil.copy(self.ca.root, debian.root / "etc/faasta/ca.pem")
        self.hosts.write_text(f"127.0.0.1 localhost api.{BASE}\n")

    def begin(self):
        served = self.debian.times("server_serves")
        text = self.plain.replace('base_domain = "localhost"', f'base_domain = "{BASE}"').replace('listen = "127.0.0.1:8080"', 'listen = "127.0.0.1:80"')
        self.settings.write_text(text + f'[tls]\nlisten = "127.0.0.1:443"\n[acme]\ndirectory = "{self.ca.directory}"\nroot = "/etc/faasta/ca.pem"\n'
                                        f'dns_listen = "127.0.0.1:{self.dns}"\nresolver = "127.0.0.1:{self.dns}"\n')
        self.debian.run("faastad", "check-config", "--config", SETTINGS)
        self.debian.run("systemctl", "reload", "faastad")
        eventually(lambda: self.debian.times("server_serves") > served and self.debian.times("certificate_issued"), 60, self.debian.end_of_journal)

    def faasta(self, *words, stdin=None):
        return self.debian.run("env", f"FAASTA_SERVER=https://api.{BASE}", "FAASTA_CA_FILE=/var/tmp/root.pem", "faasta", *words, stdin=stdin)

    def end(self):
        served = self.debian.times("server_serves")
        self.settings.write_text(self.plain)
        self.hosts.unlink()
        (self.debian.root / "etc/faasta/ca.pem").unlink()
        self.debian.run("systemctl", "reload", "faastad")
        eventually(lambda: self.debian.times("server_serves") > served, 60, self.debian.end_of_journal)
        self.ca.stop()


class TestHttps:
    @pytest.fixture(scope="class", name="https")
    def https_fixture(self, debian, tmp_path_factory):
        running = Https(debian, tmp_path_factory.mktemp("https"))
        yield running
        running.end()

    def test_https_in_a_minute(self, debian, https):
        """From the installation to the first answer by https, in curl and in a browser."""
        began = time.monotonic()
        https.begin()
        https.faasta("login", "--with-token", stdin=debian.run("cat", "/var/lib/faasta/owner.token"))
        https.faasta("deploy", "--component", "/packages/hello.wasm", "--name", "hello")
        curl = subprocess.run(["curl", "--noproxy", "*", "-sSf", "--cacert", https.root, "--resolve", f"hello.{BASE}:443:127.0.0.1", f"https://hello.{BASE}/"], capture_output=True, text=True)
        assert "hello from faasta" in curl.stdout, curl
        seconds = debian.seconds + time.monotonic() - began
        print(f"https after {seconds:.1f} s, of which the installation took {debian.seconds:.1f} s")
        assert seconds <= 60
        programs = [shutil.which(name) or pytest.skip(f"{name} is not installed") for name in ("chromium", "certutil")]
        assert "hello from faasta" in shown(programs, https.folder, https.root, f"https://hello.{BASE}/", f"MAP *.{BASE} 127.0.0.1")

    def test_an_upgrade_and_a_reload_lose_no_request(self, debian, https):
        version, supervisor, served = debian.run("dpkg-query", "-W", "-f=${Version}", "faasta-server"), debian.of_unit("MainPID"), debian.times("server_serves")
        # At 500 requests a second, the load stays below the limits for one client network.
        with Load(HTTPS, f"hello.{BASE}", {"kept": 2, "new": 1, "body": 1, "http2": 1}, 500, https.root) as load:
            debian.install("packages/next")
            eventually(lambda: debian.times("server_serves") == served + 1, 60, debian.end_of_journal)
            upgraded = time.monotonic()
            debian.run("systemctl", "reload", "faastad")
            eventually(lambda: debian.times("server_serves") == served + 2, 60, debian.end_of_journal)
            seen = load.ended([upgraded, time.monotonic()])
        print(seen)
        assert seen["failed"] == 0 and seen["answered"] > 100, seen["problems"]
        assert debian.run("dpkg-query", "-W", "-f=${Version}", "faasta-server") == version + ".1"
        assert debian.times("supervisor_replaced") == 1
        assert debian.of_unit("MainPID") == supervisor and debian.of_unit("NRestarts") == "0", "the service was not restarted"
        # Nothing runs from a file that dpkg has replaced.
        eventually(lambda: "(deleted)" not in debian.run("sh", "-c", "ls -l /proc/[0-9]*/exe 2> /dev/null | grep faasta"), 60)


def test_a_deploy(debian):
    debian.run("faasta", "login", "--with-token", stdin=debian.run("cat", "/var/lib/faasta/owner.token"))
    debian.run("faasta", "deploy", "--component", "/packages/hello.wasm", "--name", "plain")
    assert call("plain").status == 200 and call().status == 200
    findings = json.loads(debian.run("setpriv", "--reuid=faasta", "--regid=faasta", "--clear-groups", "faastad", "doctor", "--json", "--config", SETTINGS))
    assert findings["ok"], findings
    debian.run("faastad", "check-config", "--config", SETTINGS)


def test_a_backup_and_a_restore(debian):
    """As root, for the user of the service."""
    debian.run("faastad", "backup", "--config", SETTINGS, "/var/tmp/backup")
    debian.run("systemctl", "stop", "faastad")
    debian.run("sh", "-c", "rm -rf /var/lib/faasta/*")
    debian.run("faastad", "restore", "--config", SETTINGS, "/var/tmp/backup")
    debian.run("systemctl", "start", "faastad")
    assert eventually(lambda: call().status == 200, 60)


def test_removing_keeps_data_and_purging_leaves_nothing(debian):
    debian.apt("remove", "faasta-server", "faasta")
    with pytest.raises(OSError):
        call()
    assert (debian.root / "var/lib/faasta/faasta.db").exists() and (debian.root / SETTINGS[1:]).exists()
    debian.apt("purge", "faasta-server", "faasta")
    debian.apt("autoremove", "--purge")
    after = debian.files()
    changed = sorted(path for path in set(after) | set(debian.before) if after.get(path, b"") != debian.before.get(path, b""))
    assert not changed, changed
    debian.run("getent", "passwd", "faasta", code=2)
