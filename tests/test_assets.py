"""Static files of a version: uploaded once, served without a guest, on every transport, and deleted with the last version
that has them."""
import contextlib
import json
import os
import random
import sqlite3
import subprocess
import threading

import pytest

from support.assets import begin, deploy, digest, manifest, publish, put, upload
from support.guests import guest_file, version_guest, version_mark
from support.http1 import request
from support.h2_client import client_context as h2_context
from support.h2_raw import Peer
from support.people import Person
from support.server import BINARIES, Server, environment
from support.tls import TlsConnection, client_context
from support.waiting import eventually

BIG = random.Random(1).randbytes(3 << 20)
SITE = {
    "/index.html": b"<h1>home</h1>", "/docs/index.html": b"<h1>docs</h1>", "/docs/404.html": b"no such page of docs", "/404.html": b"no such page", "/a b.txt": b"a space",
    "/app.js": b"let plain = 1;" * 100, "/app.js.br": b"brotli", "/app.js.gz": b"gzip", "/empty.txt": b"", "/\u00fc.txt": "\u00fc".encode(),
    "/app-4f3a9b1c.js": b"hashed", "/report-20240101.txt": b"a date", "/big.bin": BIG, "/api/kept.txt": b"guarded",
}
SERVER_ARGUMENTS = ["--dev-tls", "--tls-listen", "127.0.0.1:0"]


@pytest.fixture(scope="module", autouse=True)
def site(server):
    publish(server, "site", SITE, version_guest(1), function_first=["/api/*"])


def from_function(answer, number=1):
    return answer.status == 200 and version_mark(number) in answer.body


PATHS = [
    ("/", 200, b"<h1>home</h1>"), ("/index.html", 200, b"<h1>home</h1>"), ("/?q=1", 200, b"<h1>home</h1>"), ("/docs/", 200, b"<h1>docs</h1>"), ("/a%20b.txt", 200, b"a space"),
    ("/%C3%BC.txt", 200, "\u00fc".encode()), ("/empty.txt", 200, b""), ("/docs", 308, b""), ("/big.bin", 200, BIG),
]


@pytest.mark.parametrize("path, status, body", PATHS, ids=[path for path, *_ in PATHS])
def test_a_file_answers_at_its_path(server, path, status, body):
    answer = server.call("site", path)
    assert (answer.status, answer.body) == (status, body), answer
    if status == 200:
        assert answer.header("etag").startswith('"') and answer.header("x-content-type-options") == "nosniff" and answer.header("accept-ranges") == "bytes"
        assert answer.header("content-length") == str(len(body)) and answer.header("cache-control") == "public, max-age=0, must-revalidate"
    head = server.call("site", path, "HEAD")
    assert (head.status, head.body, head.header("content-length")) == (status, b"", answer.header("content-length")), head
    assert head.header("etag") == answer.header("etag")


@pytest.mark.parametrize("path", ["/nothing", "/docs/nothing", "/api/kept.txt", "/..%2fapp.js", "/x/../app.js", "//app.js", "/docs//", "/%2e%2e/app.js", "/app.js/", "/app%zz.js", "/%", "/%00", "/a b.txt".replace(" ", "+")])
def test_the_function_answers_where_no_file_is(server, path):
    assert from_function(server.call("site", path)), path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_the_function_answers_other_methods(server, method):
    assert from_function(server.call("site", "/app.js", method))


def test_the_address_of_a_folder_keeps_the_query(server):
    answer = server.call("site", "/docs?a=b&c=%2F")
    assert (answer.status, answer.header("location")) == (308, "/docs/?a=b&c=%2F")


def test_no_redirect_leads_to_another_host(server):
    publish(server, "redirects", {"/evil.example/index.html": b"x", "/a b/\u00fc/index.html": b"y"})
    for path in ("//evil.example", "/%2fevil.example", "/\\evil.example", "/%5cevil.example"):
        answer = server.call("redirects", path)
        assert answer.status != 308, (path, answer)
    assert server.call("redirects", "/evil.example").header("location") == "/evil.example/"
    assert server.call("redirects", "/a%20b/%C3%BC").header("location") == "/a%20b/%C3%BC/"


CODINGS = [("br", b"brotli", "br"), ("gzip", b"gzip", "gzip"), ("gzip, br", b"brotli", "br"), ("br;q=0, gzip", b"gzip", "gzip"), ("*", b"brotli", "br"), ("*;q=0", None, None),
           ("br;q=0, *", b"gzip", "gzip"), ("identity", None, None), ("deflate", None, None), ("", None, None)]


@pytest.mark.parametrize("accepts, body, coding", CODINGS, ids=[row[0] or "none" for row in CODINGS])
def test_the_smaller_form_of_a_file(server, accepts, body, coding):
    answer = server.call("site", "/app.js", headers=[f"accept-encoding: {accepts}"])
    assert (answer.status, answer.body, answer.header("content-encoding")) == (200, body or SITE["/app.js"], coding)
    assert answer.header("content-type") == "text/javascript; charset=utf-8" and answer.header("vary") == "accept-encoding"
    assert answer.header("etag") == f'"{digest(answer.body)[:32]}"'
    assert server.call("site", "/empty.txt", headers=[f"accept-encoding: {accepts}"]).header("vary") is None


def test_a_file_that_the_client_has_is_not_sent_again(server):
    tag = server.call("site", "/app.js").header("etag")
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = server.call("site", "/app.js", headers=[f"if-none-match: {given}"])
        assert (answer.status, answer.body, answer.header("etag"), answer.header("vary")) == (304, b"", tag, "accept-encoding"), given
    for given in ('"other"', tag.strip('"'), ""):
        assert server.call("site", "/app.js", headers=[f"if-none-match: {given}"]).status == 200, given
    assert server.call("site", "/app.js", headers=[f"if-match: {tag}"]).status == 200
    assert [server.call("site", "/app.js", headers=[f"if-match: {given}"]).status for given in ('"other"', f"W/{tag}")] == [412, 412]


RANGES = [("bytes=0-9", (0, 9)), ("bytes=10-", (10, len(BIG) - 1)), ("bytes=-5", (len(BIG) - 5, len(BIG) - 1)), (f"bytes=0-{len(BIG)}", (0, len(BIG) - 1)), (f"bytes=-{len(BIG) * 2}", (0, len(BIG) - 1)),
          (f"bytes={len(BIG) - 1}-", (len(BIG) - 1, len(BIG) - 1)), ("bytes=65530-65540", (65530, 65540)), ("bytes=0-18446744073709551616", (0, len(BIG) - 1)),
          (f"bytes={len(BIG)}-", 416), ("bytes=-0", 416), ("bytes=18446744073709551616-", 416), ("bytes=9-0", 200), ("bytes=0-1,5-6", 200), ("bytes=a-b", 200), ("bytes=-", 200), ("lines=0-1", 200), ("bytes 0-1", 200)]


@pytest.mark.parametrize("wanted, expected", RANGES, ids=[row[0] for row in RANGES])
def test_a_part_of_a_file(server, wanted, expected):
    answer = server.call("site", "/big.bin", headers=[f"range: {wanted}"])
    if isinstance(expected, tuple):
        first, last = expected
        assert (answer.status, answer.header("content-range")) == (206, f"bytes {first}-{last}/{len(BIG)}"), answer
        assert answer.body == BIG[first:last + 1]
    else:
        assert answer.status == expected, answer
        assert answer.header("content-range") == (f"bytes */{len(BIG)}" if expected == 416 else None)
        assert answer.body == (b"" if expected == 416 else BIG)


def test_a_part_only_of_the_same_file(server):
    tag = server.call("site", "/big.bin").header("etag")
    for condition, status in ((tag, 206), ('"other"', 200), (f"W/{tag}", 200), ("Mon, 30 Nov 2026 00:00:00 GMT", 200)):
        assert server.call("site", "/big.bin", headers=["range: bytes=0-1", f"if-range: {condition}"]).status == status, condition
    head = server.call("site", "/big.bin", "HEAD", headers=["range: bytes=0-1"])
    assert (head.status, head.header("content-length")) == (200, str(len(BIG)))
    assert server.call("site", "/empty.txt", headers=["range: bytes=0-1"]).status == 416


@pytest.mark.parametrize("path, headers, status", [("/app-4f3a9b1c.js", ['if-match: "other"'], 412), ("/app-4f3a9b1c.js", ["range: bytes=999999-"], 416), ("/app.js", ["range: bytes=999999-", "accept-encoding: br"], 416)])
def test_a_refusal_is_not_kept_and_has_no_field_of_the_file(server, path, headers, status):
    answer = server.call("site", path, headers=headers)
    assert (answer.status, answer.all("cache-control"), answer.body) == (status, ["no-store"], b""), answer
    assert not [name for name in ("etag", "accept-ranges", "content-encoding", "content-type", "vary") if answer.header(name)], answer
    assert answer.header("content-length") == "0" and (answer.header("content-range") or "").startswith("bytes */") == (status == 416), answer


def test_a_digest_in_the_name_makes_it_immutable(server):
    assert server.call("site", "/app-4f3a9b1c.js").header("cache-control") == "public, max-age=31536000, immutable"
    assert server.call("site", "/report-20240101.txt").header("cache-control") == "public, max-age=0, must-revalidate", "a date is no digest"


def test_headers_of_the_owner(server):
    headers = {"/*": {"x-frame-options": "DENY", "cache-control": "no-cache"}, "/fonts/*": {"Cache-Control": "public, max-age=60"}, "/well-known": {"content-type": "application/json"}}
    publish(server, "headers", {"/fonts/a.bin": b"f", "/well-known": b"{}"}, headers=headers)
    font, known = server.call("headers", "/fonts/a.bin"), server.call("headers", "/well-known")
    assert (font.all("cache-control"), font.header("x-frame-options")) == (["public, max-age=60"], "DENY")
    assert (known.all("content-type"), known.header("cache-control")) == (["application/json"], "no-cache")
    assert server.call("headers", "/well-known", headers=[f"if-none-match: {known.header('etag')}"]).header("x-frame-options") == "DENY"


def test_a_page_says_that_nothing_is_there(server):
    publish(server, "not-found", SITE, version_guest(1), not_found="404", function_first=["/api/*"])
    for path, body in (("/nothing", b"no such page"), ("/docs/nothing", b"no such page of docs"), ("/docs/a/b", b"no such page of docs")):
        answer = server.call("not-found", path, headers=["if-none-match: *", "range: bytes=0-1"])
        assert (answer.status, answer.body, answer.header("content-type")) == (404, body, "text/html; charset=utf-8"), path
    assert from_function(server.call("not-found", "/api/x")) and from_function(server.call("not-found", "/nothing", "POST"))
    publish(server, "not-found", {"/a.txt": b"a"}, version_guest(1), not_found="404")
    assert (server.call("not-found", "/nothing").status, server.call("not-found", "/nothing").code) == (404, "F0609")


def test_a_page_that_shows_all_addresses(server):
    publish(server, "spa", SITE, version_guest(1), not_found="spa", function_first=["/api/*"])
    for headers in (["accept: text/html,application/xhtml+xml,*/*;q=0.8"], ["sec-fetch-mode: navigate"]):
        answer = server.call("spa", "/users/7", headers=headers)
        assert (answer.status, answer.body, answer.header("vary")) == (200, SITE["/index.html"], "accept"), answer
        assert from_function(server.call("spa", "/api/users", headers=headers))
    assert from_function(server.call("spa", "/missing.js")) and from_function(server.call("spa", "/data", headers=["accept: application/json"]))


def test_they_move_with_the_version(server):
    first = publish(server, "moves", {"/v.txt": b"one"}, version_guest(1)).json()["version"]
    publish(server, "moves", {"/v.txt": b"two"}, version_guest(1))
    publish(server, "moves", {"/v.txt": b"three"}, version_guest(1), query="?activate=false&alias=next")
    bodies = {label: server.call(label, "/v.txt").body for label in ("moves", "moves--v1", "moves--v3", "moves--next")}
    assert bodies == {"moves": b"two", "moves--v1": b"one", "moves--v3": b"three", "moves--next": b"three"}
    server.rollback("moves", first)
    assert server.call("moves", "/v.txt").body == b"one"
    difference = server.api("GET", "/v1/functions/moves/difference?from=v1&to=v2").json()
    assert (difference["same_component"], difference["same_assets"]) == (True, False)
    begun = server.api("POST", "/v1/functions/moves/rollout", {"version": 3, "stages": [{"percent": 50, "for_s": 600}, {"percent": 100}], "sticky": "header:x-user"})
    assert begun.status in (200, 201), begun
    seen = {server.call("moves", "/v.txt", headers=[f"x-user: {n}"]).body for n in range(40)}
    assert seen == {b"one", b"three"}, "each user gets the files of his version"
    for n in range(5):
        assert len({server.call("moves", "/v.txt", headers=[f"x-user: {n}"]).body for _ in range(3)}) == 1
    assert server.api("POST", "/v1/functions/moves/rollout/abort").status == 200


def test_no_guest_runs_and_no_place_is_taken(make_server):
    server = make_server({"limits": {"concurrent_calls_per_function": 1}})
    publish(server, "busy", {"/a.txt": b"file"}, guest_file("hello-raw").read_bytes())
    before = server.prometheus()
    for _ in range(20):
        assert server.call("busy", "/a.txt").body == b"file"
    after = server.prometheus()
    assert after['faasta_asset_answers_total'] - before['faasta_asset_answers_total'] == 20
    assert after["faasta_asset_bytes_total"] - before["faasta_asset_bytes_total"] == 20 * 4
    assert sum(v - before[k] for k, v in after.items() if k.startswith("faasta_calls_total")) == 0
    line = eventually(lambda: next((e for e in server.log_lines() if (e.get("event"), e.get("outcome")) == ("request", "asset")), None), 20, "the line of the access log")
    assert (line["function"], line["status"], line["path"], line["sent"]) == ("busy", 200, "/a.txt", 4)


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
    publish(server, "site", SITE, version_guest(1))
    run = lambda *words: subprocess.run([BINARIES / "faastad", *map(str, words)], capture_output=True, text=True, env=environment(), timeout=120)
    done = run("backup", "--data", server.data, tmp_path / "backup")
    assert done.returncode == 0, done
    again = Server(tmp_path / "restored")
    assert run("restore", "--data", again.data, tmp_path / "backup").returncode == 0
    with again:
        assert again.call("site", "/big.bin").body == BIG and again.call("site", "/").body == SITE["/index.html"]
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


@pytest.mark.parametrize("transport", ["h2c", "h2"])
def test_over_http2(server, transport):
    context = h2_context(server.data / "tls" / "dev" / "root.pem", "h2")
    host = "site.localhost"
    with Peer(server.address) if transport == "h2c" else Peer(server.https, context, host) as peer:
        streams = {path: peer.ask(host, path, scheme="http" if transport == "h2c" else "https") for path in ("/", "/big.bin", "/app.js", "/nothing", "/docs")}
        answers = {path: peer.answer(stream) for path, stream in streams.items()}
        assert answers["/"].body == SITE["/index.html"] and answers["/big.bin"].body == BIG and answers["/app.js"].body == SITE["/app.js"], answers
        assert version_mark(1) in answers["/nothing"].body and answers["/docs"].status == 308


def test_over_tls(server):
    connection = TlsConnection(server.https, "site.localhost", client_context(server.data / "tls" / "dev" / "root.pem"))
    with connection:
        for _ in range(2):
            assert connection.exchange(request("GET", "/big.bin", server.host("site"))).body == BIG


def test_slow_readers_use_little_memory(make_server):
    server = make_server()
    big = os.urandom(20 << 20)
    publish(server, "slow", {"/big.bin": big})
    assert server.call("slow", "/big.bin").body == big
    before = server.memory()
    readers = [server.connect(60, "slow") for _ in range(50)]
    for reader in readers:
        reader.send(request("GET", "/big.bin", server.host("slow")))
        reader.fill()
    eventually(lambda: server.prometheus()["faasta_connections_open"] >= 50, 20, "the readers")
    assert server.call("slow", "/big.bin", headers=["range: bytes=0-99"]).body == big[:100]
    assert server.memory() - before < 50 * (1 << 20), (before, server.memory())
    assert readers[0].read_response().body == big
    for reader in readers:
        reader.close()


def test_many_clients_get_whole_files(server):
    failures = []
    def client(number):
        for n in range(30):
            path = ("/big.bin", "/app.js", "/docs/")[(n + number) % 3]
            answer = server.call("site", path)
            if answer.body != SITE[path + "index.html" if path.endswith("/") else path]:
                failures.append((path, answer))
    threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:2]


def test_the_rate_of_the_owner_holds(make_server):
    server = make_server({"limits": {"requests_per_second_per_owner": 5}})
    publish(server, "rated", {"/a.txt": b"a"})
    answers = [server.call("rated", "/a.txt") for _ in range(40)]
    refused = [answer for answer in answers if answer.status != 200]
    assert refused and all(answer.code in ("F0516", "F0523") and answer.header("retry-after") for answer in refused), refused[:2]
