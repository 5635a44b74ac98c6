"""Static files of a version, served without a guest, on every transport."""
import os
import random
import threading

import pytest

from support.assets import digest, publish
from support.guests import guest_file, version_guest, version_mark
from support.http1 import request
from support.h2_client import client_context as h2_context
from support.h2_raw import Peer
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
