"""Static files in the data folder: deleted with the last version that has them, damaged, lost, backed up, transferred."""
import contextlib
import os
import sqlite3
import subprocess
import threading

from support.assets import begin, deploy, digest, manifest, publish, put, upload
from support.guests import version_guest
from support.people import Person
from support.server import BINARIES, Server, environment
from support.waiting import eventually


def stored(server):
    return {path.name for path in (server.data / "assets").iterdir()}


def test_files_are_deleted_with_the_last_version(make_server):
    server = make_server({"limits": {"kept_versions": 2}})
    for name in ("first", "second"):
        publish(server, name, {"/shared.txt": b"shared", "/own.txt": name.encode()}, version_guest(1))
    for n in range(3):
        publish(server, "first", {"/shared.txt": b"shared", "/n.txt": str(n).encode()}, version_guest(1))
    def digests(*contents):
        return {digest(content) for content in contents}
    eventually(lambda: not stored(server) & digests(b"first", b"0"), 20, "the pruned files to go")
    assert stored(server) > digests(b"shared", b"1", b"2", b"second")
    assert server.api("DELETE", "/v1/functions/first").status == 200
    eventually(lambda: not stored(server) & digests(b"1", b"2"), 20, "the files of the deleted function to go")
    assert server.call("second", "/shared.txt").body == b"shared"
    assert server.api("DELETE", "/v1/functions/second").status == 200
    eventually(lambda: not stored(server), 20, "the last files to go")


def test_what_was_uploaded_and_not_deployed_goes_with_the_next_start(make_server):
    server = make_server()
    begin(server, "never", manifest({"/a.txt": b"never deployed"}))
    assert put(server, "never", [b"never deployed"]).status == 200
    publish(server, "kept", {"/a.txt": b"kept"})
    assert digest(b"never deployed") in stored(server)
    server.restart()
    eventually(lambda: digest(b"never deployed") not in stored(server), 20, "the unused file to go")
    assert server.call("kept", "/a.txt").body == b"kept"


def test_a_crash_at_any_moment_leaves_whole_versions(make_server):
    server = make_server()
    publish(server, "crash", {"/v.txt": b"0"}, version_guest(1))
    served = {1: b"0"}
    for n in range(1, 6):
        text = manifest({"/v.txt": str(n).encode()})
        begin(server, "crash", text)
        put(server, "crash", [str(n).encode()])
        thread = threading.Thread(target=quiet, args=(lambda: deploy(server, "crash", digest(text), version_guest(1)),))
        thread.start()
        if n % 2:
            eventually(lambda: not thread.is_alive() or server.process.poll() is not None, 20, "the deploy")
        server.kill()
        thread.join()
        server.start()
        live = server.api("GET", "/v1/functions/crash").json()["version"]
        served[live] = served.get(live) or server.call("crash", "/v.txt").body
        assert served[live] in (str(n).encode(), served.get(live)) and len(served[live]) == 1, (live, served)


def quiet(work):
    with contextlib.suppress(Exception):
        work()


def test_a_file_that_is_lost_is_told_and_comes_back(make_server):
    server = make_server()
    files = {"/a.txt": b"small" * 10, "/b.bin": os.urandom(200_000)}
    publish(server, "lost", files)
    server.stop()
    for content in files.values():
        (server.data / "assets" / digest(content)).write_bytes(b"short")
    server.start()
    for path in files:
        answer = server.call("lost", path)
        assert (answer.status, answer.code) == (503, "F1126"), answer
    eventually(lambda: server.event("asset_damaged"), 20, "the line in the log")
    publish(server, "lost", files)
    assert all(server.call("lost", path).body == content for path, content in files.items())


def test_a_damaged_file_of_the_same_size_is_sent_again(make_server):
    server = make_server()
    files = {"/a.txt": b"small" * 10}
    publish(server, "damaged", files)
    server.stop()
    stored = server.data / "assets" / digest(files["/a.txt"])
    stored.write_bytes(b"wrong" * 10)
    server.start()
    assert server.call("damaged", "/a.txt").code == "F1126"
    assert [one["sha256"] for one in begin(server, "damaged", manifest(files)).json()["missing"]] == [digest(files["/a.txt"])]
    publish(server, "damaged", files)
    assert server.call("damaged", "/a.txt").body == files["/a.txt"]
    assert server.api("DELETE", "/v1/functions/damaged").status in (200, 204)
    eventually(lambda: not list(server.data.glob("assets/*")), 20, "no file is left, and none that was put aside")


def test_a_manifest_that_is_lost(make_server):
    server = make_server()
    text = upload(server, "lost", {"/a.txt": b"a"})
    assert deploy(server, "lost", text).status == 201
    server.stop()
    (server.data / "assets" / text).write_bytes(b'{"files":{"/a.txt":{}}}')
    server.start()
    assert server.call("lost", "/a.txt").code == "F1126"


def test_a_backup_has_them(make_server, tmp_path):
    server = make_server()
    site = {"/index.html": b"<h1>home</h1>", "/big.bin": os.urandom(3 << 20)}
    publish(server, "site", site, version_guest(1))
    run = lambda *words: subprocess.run([BINARIES / "faastad", *map(str, words)], capture_output=True, text=True, env=environment(), timeout=120)
    done = run("backup", "--data", server.data, tmp_path / "backup")
    assert done.returncode == 0, done
    again = Server(tmp_path / "restored")
    assert run("restore", "--data", again.data, tmp_path / "backup").returncode == 0
    with again:
        assert again.call("site", "/big.bin").body == site["/big.bin"] and again.call("site", "/").body == site["/index.html"]
    damaged = next(path for path in (tmp_path / "backup" / "assets").iterdir() if path.stat().st_size > 10)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"X")
    assert "F0808" in run("restore", "--data", tmp_path / "third", tmp_path / "backup").stderr


def test_a_transfer_takes_them_along(make_server):
    server = make_server()
    other = Person(server, "receiver")
    publish(server, "gift", {"/a.txt": b"a" * 1000}, version_guest(1))
    done = subprocess.run([BINARIES / "faastad", "admin", "--data", server.data, "transfer", "gift", "receiver", "-y"], capture_output=True, text=True, env=environment(), timeout=60)
    assert done.returncode == 0, done
    assert server.call("gift", "/a.txt").body == b"a" * 1000
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db")) as database:
        held = dict(database.execute("SELECT id, stored_bytes FROM owner"))
    size = len(version_guest(1)) + 1000 + len(manifest({"/a.txt": b"a" * 1000}))
    assert held[other.owner] == size and held[1] == 0, held
