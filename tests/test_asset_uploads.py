"""The upload of static files: the manifest, then the files that are missing. What is refused, and what one owner may send."""
import contextlib
import json
import random
import sqlite3

import pytest

from support.assets import begin, deploy, digest, manifest, publish, put
from support.guests import version_guest
from support.http1 import request
from support.people import Person
from support.waiting import eventually


def test_what_is_the_same_is_uploaded_once(server):
    files = {f"/{n}.txt": str(n).encode() for n in range(300)}
    publish(server, "dedupe", files)
    again = begin(server, "dedupe", manifest(files)).json()
    assert (again["missing"], again["files"]) == ([], 300)
    files["/7.txt"] = b"changed"
    changed = begin(server, "dedupe", manifest(files)).json()
    assert [one["sha256"] for one in changed["missing"]] == [digest(b"changed")]
    publish(server, "dedupe", files)
    assert server.call("dedupe", "/7.txt").body == b"changed" and server.call("dedupe--v1", "/7.txt").body == b"7"
    same = publish(server, "dedupe", files)
    assert (same.status, same.json().get("unchanged")) == (200, True)


def test_a_file_of_another_owner_must_be_uploaded_too(server):
    """Who knows only the digest of a file must not get the file."""
    other, secret = Person(server, "asset-thief"), b"not published anywhere else"
    publish(server, "theirs-assets", {"/secret.txt": secret})
    text = manifest({"/secret.txt": secret})
    missing = begin(server, "thief", text, other.token).json()["missing"]
    assert [one["sha256"] for one in missing] == [digest(secret)]
    answer = deploy(server, "thief", digest(text), token=other.token)
    assert (answer.status, answer.code) == (422, "F1110"), answer
    wrong = put(server, "thief", [secret], other.token, body=b"x" * len(secret))
    assert (wrong.status, wrong.code) == (422, "F0109"), wrong
    assert deploy(server, "thief", digest(text), token=other.token).code == "F1110"


def test_uploads_by_scope_and_owner(server):
    owner, text = Person(server, "asset-owner"), manifest({"/a.txt": b"a"})
    publish(server, "owned", {"/x.txt": b"x"})
    assert begin(server, "owned", text, owner.token).code == "F0207"
    assert put(server, "owned", [b"x"], owner.token).code == "F1110"
    for scope, allowed in (("read", False), ("deploy:other", False), ("deploy:scoped", True)):
        person = Person(server, "assets-" + scope.replace(":", "-"), scope)
        assert begin(server, "scoped", text, person.token).status == (200 if allowed else 403)
        assert put(server, "scoped", [b"a"], person.token).status == (200 if allowed else 403)
    assert server.api("POST", "/v1/functions/owned/assets", text, token="wrong").status == 401


REFUSED = [
    ("no JSON", b"{", "F1125"), ("another member", b'{"file":{}}', "F1125"), ("files is a list", b'{"files":[]}', "F1125"), ("not_found", b'{"not_found":"maybe"}', "F1125"),
    *((path, json.dumps({"files": {path: {"sha256": "0" * 64, "size": 1, "type": "text/plain"}}}).encode(), "F1125")
      for path in ("", "/", "a", "/../a", "/a/../b", "/a//b", "/./a", "/a/", "/a\nb", "/a\x00b", "/" + "a" * 1024)),
    *((str(entry), json.dumps({"files": {"/a": entry}}).encode(), "F1125")
      for entry in (1, {}, {"sha256": "0" * 63, "size": 1, "type": "t/t"}, {"sha256": "0" * 64, "size": -1, "type": "t/t"}, {"sha256": "0" * 64, "size": (25 << 20) + 1, "type": "t/t"},
                    {"sha256": "0" * 64, "size": 1.5, "type": "t/t"}, {"sha256": "0" * 64, "size": 1}, {"sha256": "0" * 64, "size": 1, "type": "a\r\nx: y"}, {"sha256": "0" * 64, "size": 1, "type": "t/t", "mode": 1})),
    *((name, json.dumps({"headers": {"/*": {name: value}}}).encode(), "F1125")
      for name, value in (("content-length", "1"), ("Transfer-Encoding", "x"), ("etag", "x"), ("set-cookie", "a=b"), ("a b", "x"), ("", "x"), ("x", "a\r\nb: c"), ("y", "\u00e4"))),
    *((pattern, json.dumps({"function_first": [pattern]}).encode(), "F1125") for pattern in ("", "api", "/a*b", "/**x", "*")),
    ("too many files", json.dumps({"files": {f"/{n}": {"sha256": "0" * 64, "size": 1, "type": "t/t"} for n in range(10_001)}}).encode(), "F1125"),
    ("two sizes", json.dumps({"files": {"/a": {"sha256": "0" * 64, "size": 1, "type": "t/t"}, "/b": {"sha256": "0" * 64, "size": 2, "type": "t/t"}}}).encode(), "F1125"),
    ("too many patterns", json.dumps({"function_first": ["/a"] * 101}).encode(), "F1125"),
    ("too many headers", json.dumps({"headers": {f"/{n}": {} for n in range(101)}}).encode(), "F1125"),
    ("too many fields", json.dumps({"headers": {"/": {f"x-{n}": "" for n in range(31)}}}).encode(), "F1125"),
    ("fields with more than 32 KiB together", json.dumps({"headers": {f"/{n}": {f"x-{m}": "a" * 90 for m in range(30)} for n in range(9)}}).encode(), "F1125"),
    ("a long field", json.dumps({"headers": {"/": {"x": "a" * 4097}}}).encode(), "F1125"),
    ("too many types", json.dumps({"files": {f"/{n}": {"sha256": "0" * 64, "size": 1, "type": f"t/{n}"} for n in range(1001)}}).encode(), "F1125"),
    ("too long", b'{"files":{' + b" " * (4 << 20) + b"}}", "F0107"),
]


@pytest.mark.parametrize("text, code", [row[1:] for row in REFUSED], ids=[row[0][:30] or "empty" for row in REFUSED])
def test_a_manifest_that_is_refused(server, text, code):
    answer = begin(server, "refused", text)
    assert (answer.code, answer.status) == (code, 413 if code == "F0107" else 422), answer
    assert server.api("GET", "/v1/functions/refused").status == 404


def test_as_many_files_as_are_allowed(server):
    files = {f"/{n}": {"sha256": digest(b"same"), "size": 4, "type": "text/plain"} for n in range(10_000)}
    text = json.dumps({"files": files}).encode()
    assert begin(server, "many", text).json()["missing"] == [{"sha256": digest(b"same"), "size": 4}]
    assert put(server, "many", [b"same"]).status == 200
    assert deploy(server, "many", digest(text)).status == 201
    assert all(server.call("many", f"/{n}").body == b"same" for n in (0, 9_999)) and server.call("many", "/10000").body != b"same"


PUTS = [("", "F0101"), ("?sha256=", "F0101"), ("?sha256=12", "F0101"), ("?sha256=" + "0" * 64, "F1110"), ("?sha256=" + ",".join(["0" * 64] * 201), "F0101"), ("?other=1", "F0104")]


@pytest.mark.parametrize("query, code", PUTS)
def test_files_that_are_refused(server, query, code):
    assert server.api("PUT", "/v1/functions/puts/assets" + query, b"x").code == code


def test_one_request_has_a_limit(server):
    files = {f"/{n}": {"sha256": str(n) * 64, "size": 20 << 20, "type": "t/t"} for n in (1, 2)}
    assert begin(server, "puts", json.dumps({"files": files}).encode()).status == 200
    answer = server.api("PUT", f"/v1/functions/puts/assets?sha256={'1' * 64},{'2' * 64}", b"x")
    assert (answer.status, answer.code) == (413, "F0107"), answer


def test_an_owner_sends_four_requests_with_files_at_a_time(server):
    owner, files = Person(server, "many-uploads"), {f"/{n}.txt": bytes([n]) * 10 for n in range(5)}
    begin(server, "five-puts", manifest(files), owner.token)
    senders = [server.connect() for _ in range(4)]
    for sender, content in zip(senders, files.values()):
        sender.send(request("PUT", f"/v1/functions/five-puts/assets?sha256={digest(content)}", server.host("api"), [f"authorization: Bearer {owner.token}", "content-length: 10", "expect: 100-continue"]))
        assert sender.fill() and sender.buffer.startswith(b"HTTP/1.1 100 "), sender.buffer        # the request has one of the four places
        sender.buffer = b""
        sender.send(content[:5])
    last = list(files.values())[4]
    answer = put(server, "five-puts", [last], owner.token)
    assert (answer.status, answer.code) == (429, "F0217") and answer.header("retry-after"), answer
    other = Person(server, "few-uploads")
    begin(server, "one-put", manifest({"/a": b"a"}), other.token)
    assert put(server, "one-put", [b"a"], other.token).status == 200, "the limit is of each owner"
    for sender, content in zip(senders, files.values()):
        sender.send(content[5:])
        assert sender.read_response().status == 200
    assert eventually(lambda: put(server, "five-puts", [last], owner.token).status == 200, 20, "the places")
    for sender in senders:
        sender.close()


def test_an_owner_sends_four_manifests_at_a_time(server):
    owner, other, text = Person(server, "many-manifests"), Person(server, "few-manifests"), manifest({"/a": b"a"})
    senders = [server.connect() for _ in range(4)]
    for n, sender in enumerate(senders):
        sender.send(request("POST", f"/v1/functions/manifests-{n}/assets", server.host("api"), [f"authorization: Bearer {owner.token}", f"content-length: {len(text)}", "expect: 100-continue"]))
        assert sender.fill() and sender.buffer.startswith(b"HTTP/1.1 100 "), sender.buffer        # the request has one of the four places
        sender.buffer = b""
    answer = begin(server, "manifests-4", text, owner.token)
    assert (answer.status, answer.code) == (429, "F0217") and answer.header("retry-after"), answer
    assert begin(server, "one-manifest", text, other.token).status == 200, "the limit is of each owner"
    for sender in senders:
        sender.send(text)
        assert sender.read_response().status == 200
        sender.close()
    assert eventually(lambda: begin(server, "manifests-0", text, owner.token).status == 200, 20, "the places")


def test_bytes_that_are_not_those_of_the_manifest(server):
    files = {"/a.txt": b"aaaa", "/b.txt": b"bb", "/c.txt": b""}
    begin(server, "bytes", manifest(files))
    contents = list(files.values())
    for body, code in ((b"aaaabb" + b"x", "F0109"), (b"aaaab", "F0108"), (b"aaaabc", "F0109"), (b"", "F0108")):
        answer = put(server, "bytes", contents, body=body)
        assert answer.code == code, (body, answer)
    assert put(server, "bytes", contents).json() == {"stored": 3, "bytes": 6}
    assert publish(server, "bytes", files).status == 201
    assert server.call("bytes", "/c.txt").body == b""


def test_the_quota_counts_each_file_once(make_server):
    server = make_server({"limits": {"stored_mb": 8}})
    person = Person(server, "small")
    big = random.Random(3).randbytes(3 << 20)
    for n in range(3):
        publish(server, "quota", {"/big.bin": big, "/twice.bin": big, "/n.txt": str(n).encode()}, version_guest(1), token=person.token)
    refused = begin(server, "quota", manifest({"/more.bin": random.Random(4).randbytes(6 << 20)}), person.token)
    assert (refused.status, refused.code) == (403, "F1111"), refused
    assert person.api("DELETE", "/v1/functions/quota").status == 200
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db")) as database:
        assert database.execute("SELECT stored_bytes FROM owner WHERE id = ?", (person.owner,)).fetchone() == (0,)
        assert [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("asset", "asset_use")] == [0, 0]
    assert publish(server, "quota", {"/more.bin": random.Random(4).randbytes(6 << 20)}, version_guest(1), token=person.token).status == 201
