"""Deploys and calls a function in each supported language."""
import pytest

from support.waiting import SANITIZED

SERVER_CONFIG = {"limits": {"cpu_ms": 2000}}


@pytest.mark.parametrize("guest", ["hello", "hello-raw", "hello-c", "hello-wat", "hello-go", "hello-js", "hello-python", "env"])
def test_language(server, guest):
    answer = server.upload(guest, guest)
    if SANITIZED and answer.code == "F0421":
        pytest.skip("the sanitizer's allocator makes a large compile twice as long: past its limit on a slow machine")
    assert answer.status == 201, answer
    made = answer.json()
    print(f"{guest}: {made['size']} bytes, compiled to {made['compiled_size']} in {made['compile_ms']:.0f} ms, live after {made['total_ms']:.0f} ms")
    for _ in range(20):
        answer = server.call(guest)
        assert answer.status == 200 and answer.whole, answer
        if guest != "env":
            assert answer.text == ("hi\n" if guest == "hello-wat" else "hello from faasta\n"), answer


def test_what_a_function_can_see(server):
    server.upload("env", "env")
    seen = [server.call("env").json() for _ in range(4)]
    for one in seen:
        assert one["env"] == [] and len(one["args"]) <= 1, one
        for attempt in ("read_root", "open_passwd", "create_file", "thread"):
            assert "Err" in one[attempt] or one[attempt] == {"Ok": []}, (attempt, one)
        assert 5 <= one["slept_ms"] < 1000, one
    assert len({str(one["hash_order"]) for one in seen}) > 1, "hash seeds are not random"


def test_nothing_of_one_call_is_visible_to_the_next(server):
    """hello-raw gives the same answer after any earlier call, and each call of echo has new memory."""
    server.upload("echo", "echo")
    secret = b"S3CRET" * 10_000
    for _ in range(20):
        assert server.call("echo", "/", "POST", body=secret).body == secret
        assert server.call("echo", "/", "POST", body=b"x").body == b"x"
