"""A full disk: the error says so, functions go on answering, no incomplete files stay, and everything works again when
there is space."""
import contextlib
import os
import subprocess

import pytest

from support.guests import guest_file, version_guest
from support.server import BINARIES, environment
from support.waiting import eventually


@contextlib.contextmanager
def small_disk(folder, mebibytes):
    """Mounts a file system with a fixed size. This needs the right to mount."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0700", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a tmpfs: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(path):
    """Writes until nothing more fits."""
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)


def test_a_full_disk(make_server, cli):
    server = make_server(start=False)
    with small_disk(server.data, 24):
        server.start()
        server.deploy("steady", version_guest(1))
        fill(server.data / "ballast")
        files = sorted(path.name for path in (server.data / "artifacts").iterdir())

        answer = server.upload("steady", version_guest(2))
        assert (answer.status, answer.code) == (507, "F0111"), answer
        cli.server = server
        cli.run("deploy", "--component", guest_file("hello"), "--name", "other", env={"FAASTA_TOKEN": server.token}).fails(1, "F0111", "space")
        for _ in range(20):
            assert server.call("steady").text.strip() == "VERSION-00000001"
        assert sorted(path.name for path in (server.data / "artifacts").iterdir()) == files
        assert not list((server.data / "tmp").glob("*/*"))      # each process has a folder in it

        os.unlink(server.data / "ballast")
        eventually(lambda: server.upload("steady", version_guest(2)).status == 201, 5, "a deploy after space was freed")
        assert server.call("steady").text.strip() == "VERSION-00000002"
        server.kill()


def test_a_start_on_a_full_disk(make_server):
    """Functions answer. Their logs are written again when there is space."""
    server = make_server(start=False)
    with small_disk(server.data, 24):
        server.start()
        server.deploy("steady", version_guest(1))
        assert server.call("steady").status == 200
        server.stop()
        fill(server.data / "ballast")
        server.start()
        assert server.call("steady").text.strip() == "VERSION-00000001"
        assert server.api("GET", "/readyz").json().get("function_logs") == "off"
        assert server.event("function_logs_off")
        os.unlink(server.data / "ballast")

        def logged():
            server.call("steady")
            return server.api("GET", "/v1/functions/steady/logs").text.count('"kind":"call"') > 0
        eventually(logged, 20, "a log entry after space was freed")
        assert "function_logs" not in server.api("GET", "/readyz").json()
        server.kill()


def test_a_backup_on_a_full_disk(make_server, tmp_path):
    """A backup that does not fit leaves nothing, and the server goes on."""
    server = make_server()
    server.deploy("hello", version_guest(1))
    with small_disk(tmp_path / "small", 1) as folder:
        fill(folder / "full")
        command = [BINARIES / "faastad", "backup", "--data", server.data, folder / "backup"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60)
        assert done.returncode != 0 and sorted(os.listdir(folder)) == ["full"], done
    assert server.call("hello").status == 200
