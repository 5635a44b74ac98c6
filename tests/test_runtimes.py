"""The server compiles the language runtimes in `engine.runtimes` ahead, so that the first deploy of such a function
compiles nothing."""
import pytest

from support.guests import guest
from support.waiting import eventually
from test_shared_code import answers, shared, snapshot


@pytest.fixture
def runtimes(tmp_path):
    folder = tmp_path / "runtimes"
    folder.mkdir()
    (folder / "snapshot.wasm").write_bytes(snapshot(0))
    return folder


def with_runtimes(make_server, folder):
    return make_server(config={"engine": {"runtimes": folder}})


def test_a_fresh_server_is_ready_when_the_runtimes_are_compiled(make_server, runtimes):
    server = with_runtimes(make_server, runtimes)
    code = shared(server)[0].stat()
    server.deploy("snapshot-1", snapshot(1))
    assert [file.stat().st_mtime_ns for file in shared(server)] == [code.st_mtime_ns]
    answers(server, 1)


def test_a_server_with_functions_compiles_the_runtimes_after_it_is_ready(make_server, runtimes):
    server = make_server()
    server.deploy("hello", guest("hello-raw"))
    assert server.event("runtime") is None
    with open(server.config_file, "a") as config:
        config.write(f'[engine]\nruntimes = "{runtimes}"\n')
    server.restart()
    assert server.call("hello").status == 200
    eventually(lambda: server.event("rebuilt"), 60, "the runtime is compiled")
    assert [event["event"] for event in server.log_lines() if event["event"] in ("ready", "runtime", "rebuilt")] == ["ready", "runtime", "rebuilt"]
    assert len(shared(server)) == 1


def test_the_code_of_a_runtime_stays_until_its_file_is_removed(make_server, runtimes):
    server = with_runtimes(make_server, runtimes)
    code = shared(server)
    server.deploy("snapshot-1", snapshot(1))
    assert server.api("DELETE", "/v1/functions/snapshot-1").status in (200, 204)
    server.restart()
    eventually(lambda: server.event("artifacts_collected"), 20, "unused files are deleted")
    assert shared(server) == code
    assert server.event("runtime")["compiled"] and server.event("rebuilt") is None
    (runtimes / "snapshot.wasm").unlink()
    server.restart()
    eventually(lambda: server.event("artifacts_collected"), 20, "unused files are deleted")
    assert not shared(server) and not list((server.data / "artifacts").iterdir())


def test_a_new_file_of_a_runtime_replaces_the_old_code(make_server, runtimes):
    server = with_runtimes(make_server, runtimes)
    (runtimes / "snapshot.wasm").write_bytes(guest("hello-raw"))
    server.restart()
    eventually(lambda: server.event("artifacts_collected"), 20, "unused files are deleted")
    assert not shared(server)


@pytest.mark.parametrize("content", [b"", b"no component", b"\0asm\1\0\0\0"], ids=["empty", "text", "core module"])
def test_a_file_that_is_no_component_is_logged(make_server, runtimes, content):
    (runtimes / "another.wasm").write_bytes(content)
    server = with_runtimes(make_server, runtimes)
    assert server.event("rebuild_failed")["code"].startswith("component_")
    assert len(shared(server)) == 1                         # the others are compiled
    server.deploy("snapshot-1", snapshot(1))
    answers(server, 1)


def test_a_folder_may_be_missing(make_server, tmp_path):
    server = with_runtimes(make_server, tmp_path / "nowhere")
    server.deploy("hello", guest("hello-raw"))
    eventually(lambda: server.event("cached_files_checked"), 20, "the check after the start")
    assert server.stop() == 0
    said = [line for line in server.log_lines() if line["event"] == "no_runtimes"]
    assert len(said) == 1 and said[0]["folder"].endswith("nowhere"), said


def test_a_file_that_cannot_be_read_is_logged(make_server, runtimes):
    (runtimes / "folder.wasm").mkdir()
    server = with_runtimes(make_server, runtimes)
    assert server.event("runtime_unusable")["file"].endswith("folder.wasm")
    assert len(shared(server)) == 1
