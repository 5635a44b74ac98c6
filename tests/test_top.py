"""`top`: the busiest functions of an owner, each second."""
import json
import threading

import pytest

from support.guests import guest_file
from support.http1 import request
from support.people import Person, add_token
from support.waiting import eventually


class Load:
    """Requests without pause to some functions, until the end of a `with` block: a name, or a name with a path."""

    def __init__(self, server, *targets):
        self.server, self.stop = server, threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(target,)) for target in targets]

    def run(self, target):
        name, _, path = target.partition("/")
        with self.server.connect() as connection:
            while not self.stop.is_set():
                connection.exchange(request("GET", f"/{path}", f"{name}.localhost"))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture(scope="module")
def people(server):
    me, other = Person(server, "me"), Person(server, "other")
    for person, name in ((me, "busy"), (me, "calm"), (other, "theirs")):
        assert person.upload(name, "hello-wat").status == 201
    assert me.upload("broken", "trap", verify="false").status == 201
    return me, other


def rows(server, token, by="cpu"):
    answer = server.api("GET", f"/v1/top?by={by}", token=token)
    assert answer.status == 200 and 900 <= answer.json()["ms"] <= 5000, answer
    return {row["name"]: row for row in answer.json()["functions"]}


def test_the_functions_that_are_called_now(server, people):
    me, other = people
    assert server.call("calm").status == 200
    assert "calm" not in rows(server, me.token), "it is not called now"
    with Load(server, "busy", "broken/before", "theirs"):
        seen = eventually(lambda: (found := rows(server, me.token)) and {"busy", "broken"} <= set(found) and found, 20, "the calls")
        assert seen["busy"]["calls"] > 0 == seen["busy"]["errors"] and 0 < seen["busy"]["p50_us"] <= seen["busy"]["p99_us"] and seen["busy"]["cpu_us"] > 0
        assert seen["broken"]["errors"] == seen["broken"]["calls"] > 0 and "theirs" not in seen
        assert next(iter(rows(server, me.token, "errors"))) == "broken"
        assert set(rows(server, other.token)) == {"theirs"}
        assert set(rows(server, add_token(server, me.owner, "deploy:busy"))) == {"busy"}


def test_wrong_orders_are_refused(server, people):
    assert server.api("GET", "/v1/top?by=speed", token=people[0].token).status == 400
    assert server.api("GET", "/v1/top").status in (200, 401)
    assert server.api("GET", "/v1/top", token="faa_none").status == 401


def test_an_owner_has_eight_readers(server, people):
    _, other = people
    token, connections = add_token(server, other.owner, "read"), []
    try:
        for _ in range(8):
            connections.append(server.connect())
            connections[-1].send(request("GET", "/v1/top", server.host("api"), [f"authorization: Bearer {token}", "accept: text/event-stream"]))
            assert connections[-1].read_head().status == 200
        refused = server.api("GET", "/v1/top", token=token)
        assert (refused.status, refused.code) == (429, "F0217"), refused
    finally:
        for connection in connections:
            connection.close()
    eventually(lambda: server.api("GET", "/v1/top", token=token).status == 200, 20, "a free place")


def test_a_stream_has_each_second_and_ends_with_its_token(server, people):
    me, _ = people
    token = add_token(server, me.owner, "read")
    identity = next(one["id"] for one in me.api("GET", "/v1/tokens").json()["tokens"] if one["scopes"] == ["read"])
    with Load(server, "busy"), server.connect() as connection:
        connection.send(request("GET", "/v1/top", server.host("api"), [f"authorization: Bearer {token}", "accept: text/event-stream"]))
        head = connection.read_head()
        assert head.status == 200 and head.header("content-type") == "text/event-stream", head
        def event():
            """The next event of the stream; nothing at its end."""
            size = int(connection.take_line(), 16)
            return connection.take(size + 2)[:size].decode() if size > 0 else None
        samples = [json.loads(event().removeprefix("data: ")) for _ in range(3)]
        assert any(row["name"] == "busy" for sample in samples for row in sample["functions"])
        assert me.api("DELETE", f"/v1/tokens/{identity}").status == 200
        while event() is not None:
            pass


def test_the_command_line(signed_in, server):
    server.deploy("shown-on-top", guest_file("hello-wat").read_bytes())
    with Load(server, "shown-on-top"):
        done = signed_in.run("top", "--by", "calls", "-n", "3").ok()
        assert "CALLS/S" in done.out and "shown-on-top" in done.out, done
        samples = [json.loads(line) for line in signed_in.run("top", "-n", "2", "--json").ok().out.splitlines()]
        assert len(samples) == 2 and samples[1]["functions"][0]["name"] == "shown-on-top"
    signed_in.run("top", "--by", "speed").fails(2, "F0701")
