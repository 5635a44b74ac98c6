"""`faastad backup` and `faastad restore`: a backup of a running server has one moment of everything, and each damaged
byte of it is found."""
import contextlib
import fcntl
import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import threading

import pytest

from support.guests import guest_file, tiny_guest, version_guest, version_mark
from support.server import BINARIES, Server, environment
from support.waiting import LONG, eventually


@contextlib.contextmanager
def open_locked(path):
    """Holds the lock of a file or folder, as another process does that uses it."""
    lock = os.open(path, os.O_RDONLY | (0 if path.is_dir() else os.O_CREAT))
    fcntl.flock(lock, fcntl.LOCK_EX)
    yield
    os.close(lock)


def faastad(*words):
    return subprocess.run([BINARIES / "faastad", *map(str, words)], capture_output=True, text=True, env=environment(), timeout=120)


def backup(server, folder, *options):
    done = faastad("backup", "--data", server.data, "--json", *options, folder)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def restored(tmp_path, folder, config=None):
    """A server on the restored data, on another place of the disk."""
    server = Server(tmp_path / "restored", config)
    done = faastad("restore", "--data", server.data, "--json", folder)
    assert done.returncode == 0, done
    return server, json.loads(done.stdout)


def verified(data):
    done = faastad("admin", "--data", data, "--json", "verify")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture(name="small")
def small_fixture(make_server, tmp_path):
    """A backup of a small server, which runs on."""
    server = make_server()
    server.deploy("hello", version_guest(1))
    server.deploy("hello", version_guest(2))
    backup(server, tmp_path / "backup")
    return server, tmp_path / "backup"


def test_everything_answers_elsewhere(make_server, tmp_path):
    server = make_server()
    server.deploy("hello", version_guest(1))
    server.deploy("hello", version_guest(2))
    answer = server.api("POST", "/v1/functions/env/secrets", {"KEY": "the key"})
    assert answer.status == 200
    server.deploy("env", guest_file("env").read_bytes(), required_secrets="KEY")
    assert server.call("hello").status == 200
    made = backup(server, tmp_path / "backup", "--logs")
    assert made["components"] == 3 and made["audit_hash"] == verified(server.data)["hash"]
    token = server.token
    server.deploy("later", version_guest(3))
    server.stop()
    other, told = restored(tmp_path, tmp_path / "backup")
    assert told["audit_rows"] == made["audit_rows"] and told["notes"] == []
    with other:
        assert other.token == token
        assert sorted(one["name"] for one in other.functions()) == ["env", "hello"]
        for name in ("hello", "env"):
            assert eventually(lambda name=name: other.call(name).status == 200, 60, "compiled again")
        assert version_mark(2) in other.call("hello").body
        assert dict(other.call("env").json()["env"])["KEY"] == "the key"
        other.rollback("hello", 1)
        assert eventually(lambda: other.call("hello").status == 200, 60) and version_mark(1) in other.call("hello").body
        assert any(entry["kind"] == "call" for entry in other.logs("hello")), "the logs came along"
        assert verified(other.data)["rows"] > made["audit_rows"]
        assert oct(other.data.stat().st_mode)[-3:] == "700"


def test_without_the_key_and_the_logs(small, tmp_path):
    server, _ = small
    assert server.api("POST", "/v1/functions/hello/secrets", {"KEY": "x"}).status == 200
    made = backup(server, tmp_path / "other", "--without-key")
    names = files(tmp_path / "other")
    assert "secrets.key" not in names and "logs.db" not in names and "metrics.db" in names
    assert "secrets.key" in made["notes"][0]
    _, told = restored(tmp_path, tmp_path / "other")
    assert "key of the secrets" in told["notes"][0]


def test_under_deploys_and_deletes(make_server, tmp_path):
    """Each backup is whole, although functions come and go with their components meanwhile."""
    server = make_server()
    server.deploy("stays", version_guest(1))
    stop, problems = threading.Event(), []

    def change(which):
        try:
            number = 0
            while not stop.is_set():
                number += 1
                server.deploy(f"goes-{which}", tiny_guest(1000 * which + number))
                assert server.call("stays").status == 200
                if number % 2:
                    assert server.api("DELETE", f"/v1/functions/goes-{which}").status in (200, 204)
        except Exception as error:  # pylint: disable=broad-except
            problems.append(error)

    threads = [threading.Thread(target=change, args=(which,)) for which in (1, 2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(30 if LONG else 8):
            folder = tmp_path / f"backup{number}"
            backup(server, folder)
            with sqlite3.connect(folder / "faasta.db") as database:
                named = {digest.hex() for (digest,) in database.execute("SELECT DISTINCT sha256 FROM version")}
            assert named == {path.stem for path in (folder / "artifacts").iterdir()}
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not problems, problems
    other, _ = restored(tmp_path, folder)
    with other:
        for function in other.functions():
            assert eventually(lambda name=function["name"]: other.call(name).status == 200, 60)
        verified(other.data)


def test_each_damage_is_found(small, tmp_path):
    _, folder = small
    names, choose = files(folder), random.Random(1)
    assert "SHA256SUMS" in names and "backup.json" in names and "faasta.db" in names and "owner.token" in names
    target = tmp_path / "new"
    for name in names:
        whole = (folder / name).read_bytes()
        for bit in [0, 8 * len(whole) - 1] + [choose.randrange(8 * len(whole)) for _ in range(20 if LONG or name == "SHA256SUMS" else 3)]:
            damaged = bytearray(whole)
            damaged[bit // 8] ^= 1 << bit % 8
            (folder / name).write_bytes(damaged)
            done = faastad("restore", "--data", target, folder)
            assert done.returncode == 1 and "F0808" in done.stderr, (name, bit, done)
            if name != "SHA256SUMS":
                assert name in done.stderr, (name, done.stderr)
            assert not target.exists(), name
        (folder / name).write_bytes(whole[:-1])
        assert "F0808" in faastad("restore", "--data", target, folder).stderr, name
        (folder / name).unlink()
        assert "F0808" in faastad("restore", "--data", target, folder).stderr, name
        (folder / name).write_bytes(whole)
    assert faastad("restore", "--data", target, folder).returncode == 0
    checked = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked


def test_a_path_out_of_the_backup_is_refused(small, tmp_path):
    _, folder = small
    for path in ("../outside", "/etc/passwd", "a/../../outside", "./x"):
        with open(folder / "SHA256SUMS", "a", encoding="ascii") as sums:
            sums.write(f"{'0' * 64}  {path}\n")
        assert "F0808" in faastad("restore", "--data", tmp_path / "new", folder).stderr, path
        lines = (folder / "SHA256SUMS").read_text().splitlines(keepends=True)
        (folder / "SHA256SUMS").write_text("".join(lines[:-1]))


@pytest.mark.parametrize("path", ["seal.key", "compiled/x/00.cwasm", "lock", "faasta.db-wal", "artifacts/00.wasm", "crashes"])
def test_a_backup_brings_nothing_that_no_backup_has(small, tmp_path, path):
    """A person who can write to the backups must not get machine code into the server."""
    _, folder = small
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(b"x")
    with open(folder / "SHA256SUMS", "a", encoding="ascii") as sums:
        sums.write(f"{hashlib.sha256(b'x').hexdigest()}  {path}\n")
    done = faastad("restore", "--data", tmp_path / "new", folder)
    assert done.returncode == 1 and "F0808" in done.stderr, done
    assert not (tmp_path / "new").exists()


def test_a_list_without_a_component_is_not_whole(small, tmp_path):
    _, folder = small
    lines = [line for line in (folder / "SHA256SUMS").read_text().splitlines(keepends=True) if "artifacts/" not in line]
    (folder / "SHA256SUMS").write_text("".join(lines))
    done = faastad("restore", "--data", tmp_path / "new", folder)
    assert done.returncode == 1 and "F0808" in done.stderr and "artifacts/" in done.stderr, done
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_not_empty_or_in_use(small, tmp_path):
    server, folder = small
    done = faastad("restore", "--data", server.data, folder)
    assert done.returncode == 1 and "in use by a running server" in done.stderr
    server.stop()
    done = faastad("restore", "--data", server.data, folder)
    assert done.returncode == 1 and "is not empty" in done.stderr
    (tmp_path / "empty").mkdir()
    assert faastad("restore", "--data", tmp_path / "empty", folder).returncode == 0
    done = faastad("backup", "--data", server.data, folder)
    assert done.returncode == 2 and "exists already" in done.stderr
    assert faastad("restore", "--data", tmp_path / "none", tmp_path / "nothing").returncode == 1
    assert "there is no catalog" in faastad("backup", "--data", tmp_path / "nothing", tmp_path / "b").stderr


def test_slashes_at_the_end_change_nothing(small, tmp_path):
    server, folder = small
    made = faastad("backup", "--data", f"{server.data}/", f"{tmp_path}/second/")
    assert made.returncode == 0 and files(tmp_path / "second") == files(folder), made
    assert faastad("restore", "--data", f"{tmp_path}/new/", f"{tmp_path}/second/").returncode == 0
    assert not (tmp_path / "new" / "backup.json").exists() and (tmp_path / "new" / "faasta.db").exists()


def test_what_a_killed_backup_or_restore_has_left_is_deleted(small, tmp_path):
    _, folder = small
    server, data = small[0], tmp_path / "new"
    left, running = tmp_path / "first.unfinished-0123456789ab", tmp_path / "second.unfinished-ba9876543210"
    for path in (left, running, tmp_path / "mine.unfinished-notes"):
        path.mkdir()
        (path / "secrets.key").write_text("key")
    with open_locked(running):
        assert faastad("backup", "--data", server.data, tmp_path / "third").returncode == 0
    assert not left.exists() and running.exists() and (tmp_path / "mine.unfinished-notes").exists()
    (data / ".restoring").mkdir(parents=True)
    (data / ".restoring" / "faasta.db").write_text("half")
    with open_locked(data / "lock"):
        done = faastad("restore", "--data", data, folder)
        assert done.returncode == 1 and "F0802" in done.stderr and "in use by a running server or another restore" in done.stderr, done
    assert (data / ".restoring").exists()
    assert faastad("restore", "--data", data, folder).returncode == 0
    assert not (data / ".restoring").exists() and (data / "faasta.db").exists()


def test_a_server_does_not_start_in_a_folder_that_is_being_restored(small, tmp_path):
    _, folder = small
    data = tmp_path / "new"
    shutil.copytree(folder, tmp_path / "slow")
    (tmp_path / "slow" / "faasta.db").unlink()
    os.mkfifo(tmp_path / "slow" / "faasta.db")           # the restore waits for its content
    restore = subprocess.Popen([BINARIES / "faastad", "restore", "--data", data, tmp_path / "slow"], stderr=subprocess.DEVNULL, env=environment())
    try:
        eventually(lambda: (data / "lock").exists(), 20)
        done = faastad("--data", data, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
        assert done.returncode == 1 and "F0802" in done.stderr and "in use by another faastad" in done.stderr, done
    finally:
        restore.kill()
        restore.wait()


def test_a_damaged_component_is_not_backed_up(small, tmp_path):
    server, _ = small
    component = next((server.data / "artifacts").iterdir())
    component.write_bytes(component.read_bytes()[:-1] + b"\x00")
    done = faastad("backup", "--data", server.data, tmp_path / "second")
    assert done.returncode != 0 and component.name in done.stderr, done
    assert not (tmp_path / "second").exists() and not list(tmp_path.glob("second.unfinished*"))
    component.unlink()
    done = faastad("backup", "--data", server.data, tmp_path / "second")
    assert done.returncode != 0 and "is not in" in done.stderr, done
