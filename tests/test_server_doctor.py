"""`faastad check-config` and `faastad doctor` find what would keep a server from serving, and say how to mend it. Each
finding is provoked once."""
import json
import os
import socket
import subprocess

import pytest

from support.dns import A, NameServer
from support.guests import version_guest
from support.server import BINARIES, environment, free_port
from support.tls import Authority
from support.waiting import SANITIZED


class Doctor:
    """The doctor of a server that does not run, on free ports."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "data"
        self.listen, self.admin = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self.config = folder / "faastad.toml"
        self.config.write_text("")

    def run(self, *words, verb="doctor", env=None):
        command = [BINARIES / "faastad", verb, "--config", self.config, "--data", self.data, "--listen", self.listen, "--admin-listen", self.admin, *words]
        return subprocess.run(command, capture_output=True, text=True, env=environment(**(env or {})), timeout=60, cwd=self.folder)

    def findings(self, about, **more):
        done = self.run("--json", **more)
        out = json.loads(done.stdout)
        assert out["ok"] == (done.returncode == 0), done
        for one in out["findings"]:
            assert one["level"] == "ok" or (one["why"] and one["fix"]), one
        return [one for one in out["findings"] if one["about"] == about]

    def fault(self, about, text, level="fault", **more):
        """The finding with this text."""
        found = [one for one in self.findings(about, **more) if text in one["says"]]
        assert len(found) == 1 and found[0]["level"] == level, self.findings(about)
        return found[0]


@pytest.fixture(name="doctor")
def doctor_fixture(tmp_path):
    return Doctor(tmp_path)


def test_all_is_well(doctor):
    doctor.config.write_text("[server]\nconnections = 100\n")
    done = doctor.run()
    assert done.returncode == 0, done
    assert "fault" not in done.stdout and "settings     ok" in done.stdout and done.stderr == ""
    doctor.data.mkdir(mode=0o700)
    assert {one["level"] for one in doctor.findings("data") + doctor.findings("network")} == {"ok"}
    assert list(doctor.data.iterdir()) == [], "the doctor leaves nothing"


def test_a_running_server_is_well(make_server):
    server = make_server()
    doctor = Doctor(server.folder)
    doctor.data, doctor.listen, doctor.admin = server.data, "%s:%d" % server.address, "%s:%d" % server.admin
    assert doctor.fault("network", f'listen = "{doctor.listen}"', "ok")["says"].endswith("in use, and the server runs")
    doctor.fault("backup", "there was no backup yet", "warning")
    server.deploy("hello", version_guest(1))
    subprocess.run([BINARIES / "faastad", "backup", "--data", server.data, server.folder / "backup"], check=True, env=environment(), stdout=subprocess.DEVNULL)
    doctor.fault("backup", "the last backup was made at", "ok")
    (server.data / "last-backup").write_text("2026-01-01T00:00:00Z\n")
    assert "on another disk" in doctor.fault("backup", "2026-01-01", "warning")["fix"]
    assert server.call("hello").status == 200


@pytest.mark.parametrize("text, says", [
    ("[server]\nthread = 1\n", "faastad.toml:2:10: there is no setting 'server.thread'"),
    ("listen = 8080\n", "'listen'"),
    ("listen =", "faastad.toml:1"),
    ("[limits]\nconcurrent_calls = 2000\n", "engine.slots"),
    ("[acme]\ndns_hook = \"nowhere\"\n", "acme.dns_hook"),
    ("[acme]\nroot = \"nowhere.pem\"\n", "acme.root"),
    ("[engine]\nruntimes = \"nowhere\"\n", "engine.runtimes"),
    ("[secrets]\nkey_file = \"nowhere\"\n", "nowhere"),
    ("policy = \"nowhere.toml\"\n", "nowhere.toml"),
    ("[tls]\nlisten = \"127.0.0.1:8443\"\nfolder = \"nowhere\"\n", "nowhere"),
])
def test_wrong_settings(doctor, text, says):
    doctor.config.write_text(text)
    for verb in ("check-config", "doctor"):
        assert says in doctor.findings("settings", verb=verb)[0]["says"]
        shown = doctor.run(verb=verb)
        assert "fix: " in shown.stdout and shown.returncode in (1, 2), shown
    assert not doctor.data.exists()


def test_exit_codes_of_check_config(doctor):
    assert doctor.run(verb="check-config").returncode == 0
    doctor.config.write_text("nonsense = 1\n")
    assert doctor.run(verb="check-config").returncode == 2
    assert doctor.run("--nonsense", verb="check-config").returncode == 2
    doctor.config.write_text("[secrets]\nkey_file = \"nowhere\"\n")
    assert doctor.run(verb="check-config").returncode == 1


def test_a_setting_that_the_machine_lowers(doctor):
    doctor.config.write_text("[server]\nconnections = 1000000\n")
    limited = ["prlimit", "--nofile=4096:4096", BINARIES / "faastad", "check-config", "--json", "--config", doctor.config]
    done = subprocess.run(limited, capture_output=True, text=True, env=environment(), timeout=60, check=True)
    assert any(one["level"] == "warning" and "connections" in one["says"] for one in json.loads(done.stdout)["findings"]), done


def test_rights(doctor):
    doctor.data.mkdir(mode=0o755)
    doctor.data.chmod(0o755)
    assert doctor.fault("data", "mode 755")["fix"].startswith("chmod 700")
    for name in ("secrets.key", "seal.key", "owner.token"):
        (doctor.data / name).write_text("x")
        (doctor.data / name).chmod(0o640)
        assert doctor.fault("data", f"{name} (mode 640)")["fix"].startswith("chmod 600")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount")
def test_the_disk(doctor):
    doctor.data.mkdir()
    for size, level in ((32, "fault"), (512, "warning")):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=0700", "tmpfs", doctor.data], check=True)
        try:
            assert doctor.fault("data", "MiB are free", level)["fix"]
        finally:
            subprocess.run(["umount", doctor.data], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=32m,mode=0700", "tmpfs", doctor.data], check=True)
    try:
        doctor.fault("data", "no file can be written")
    finally:
        subprocess.run(["umount", doctor.data], check=True)


@pytest.mark.skipif(SANITIZED, reason="the library counts calls")
def test_a_slow_disk(doctor):
    doctor.data.mkdir(mode=0o700)
    slow = doctor.folder / "slow.c"
    slow.write_text("#include <unistd.h>\nint fsync(int fd) { (void)fd; usleep(60000); return 0; }\nint fdatasync(int fd) { return fsync(fd); }\n")
    library = doctor.folder / "slow.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, slow], check=True)
    assert "local disk" in doctor.fault("data", "a durable write takes", "warning", env={"LD_PRELOAD": str(library)})["fix"]


@pytest.mark.skipif(SANITIZED, reason="replaces system calls")
def test_a_kernel_that_cannot_lock(doctor):
    from support.faults import library              # pylint: disable=import-outside-toplevel
    old = {"LD_PRELOAD": str(library(doctor.folder, "old_kernel"))}
    assert "5.19" in doctor.fault("machine", "no Landlock", "warning", env=old)["fix"]


def test_addresses(doctor):
    with socket.create_server(("127.0.0.1", 0)) as other:
        doctor.listen = f"127.0.0.1:{other.getsockname()[1]}"
        assert "ss -ltnp" in doctor.fault("network", "Address already in use")["fix"]
    doctor.listen = "127.0.0.1:0"
    doctor.config.write_text("[auth]\nallow_remote_owner = true\n")
    doctor.admin = "192.0.2.1:9090"
    assert "ip address" in doctor.fault("network", "Cannot assign requested address")["fix"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_a_low_port_without_the_right(doctor):
    command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--reuid=65534", "--clear-groups", BINARIES / "faastad", "doctor", "--json", "--data", "/nonexistent", "--listen", "127.0.0.1:81"]
    low = int(open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii").read())
    if low <= 81:
        pytest.skip("each user may use low ports here")
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)
    assert any("127.0.0.1:81" in one["says"] and "CAP_NET_BIND_SERVICE" in one.get("fix", "") for one in json.loads(done.stdout)["findings"]), done


@pytest.mark.parametrize("answers, level, says", [
    ([], "fault", "no address for doctor-"),
    (["192.0.2.7"], "ok", "names of functions lead to 192.0.2.7"),
])
def test_names(doctor, answers, level, says):
    server = NameServer(lambda name, kind, _nth, _tcp: [(name, A, value) for value in answers if kind == A], free_port())
    try:
        settings = f'base_domain = "faasta.example"\n[acme]\nresolver = "127.0.0.1:{server.port}"\n'
        doctor.config.write_text(settings)
        doctor.fault("network", says, level)
        if answers:
            doctor.config.write_text(settings + '[domains]\naddresses = ["192.0.2.8"]\n')
            assert "*.faasta.example" in doctor.fault("network", "has the addresses 192.0.2.7")["fix"]
    finally:
        server.close()
    doctor.config.write_text(settings)
    assert doctor.fault("network", "the resolver does not answer")["fix"]


def test_certificates(doctor):
    authority = Authority(doctor.folder / "authority")
    for days, level in ((30, "ok"), (5, "warning")):
        folder = doctor.folder / f"certificates{days}"
        folder.mkdir()
        authority.issue("*.faasta.example", folder=folder, days=days)
        doctor.config.write_text(f'base_domain = "localhost"\n[tls]\nlisten = "127.0.0.1:{free_port()}"\nfolder = "{folder}"\n')
        doctor.fault("certificates", f"is valid for {days - 1} days", level)
    expired = doctor.folder / "expired"
    expired.mkdir()
    authority.issue("*.faasta.example", folder=expired, days=-1, days_ago=3)
    doctor.config.write_text(f'[tls]\nlisten = "127.0.0.1:{free_port()}"\nfolder = "{expired}"\n')
    doctor.fault("settings", "expired")
    doctor.data.mkdir(mode=0o700)
    (doctor.data / "tls" / "acme" / "states").mkdir(parents=True)
    doctor.config.write_text(f'base_domain = "faasta.example"\n[tls]\nlisten = "127.0.0.1:{free_port()}"\n')
    assert "faastad certificates list" in doctor.fault("certificates", "no valid certificate")["fix"]
