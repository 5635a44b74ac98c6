"""Files that are not functions: a deploy refuses each with its own error code, within 2 s. The old version goes on
serving."""
import gzip
import io
import json
import socket
import tarfile
import time
import zipfile

import pytest

from support.guests import guest, leb128, version_guest, version_mark, with_custom_section
from support.http1 import Broken, request
from support.server import BINARIES
from support.waiting import SANITIZED, eventually, patient


@pytest.fixture(scope="module", autouse=True)
def serving(server):
    server.deploy("steady", version_guest(1))


@pytest.fixture(autouse=True)
def still_serving(server):
    yield
    assert server.call("steady").body == version_mark(1)
    assert server.process.poll() is None


def zipped(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("function.wasm", data)
    return out.getvalue()


def tarred(data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("function.wasm")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def flipped(data, at, bit=0):
    out = bytearray(data)
    out[at] ^= 1 << bit
    return bytes(out)


def importing(names):
    """A component that imports empty interfaces with these names, and exports the first of them as its handler."""
    def section(number, items):
        content = leb128(len(items)) + b"".join(items)
        return bytes([number]) + leb128(len(content)) + content

    interface = b"\x42\x00"                    # an instance type without declarations
    imports = [b"\x00" + leb128(len(name)) + name.encode() + b"\x05\x00" for name in names]
    handler = b"wasi:http/incoming-handler@0.2.0"
    exports = [b"\x00" + leb128(len(handler)) + handler + b"\x05\x00\x00"]
    return b"\0asm\x0d\0\x01\0" + section(7, [interface]) + section(10, imports) + section(11, exports)


def section(number, content):
    return bytes([number]) + leb128(len(content)) + content


def in_component(*sections, then=b""):
    """A component with a core module that has these sections."""
    return b"\0asm\x0d\0\x01\0" + section(1, b"\0asm\1\0\0\0" + b"".join(sections)) + then


def body(code, locals_=b"\0"):
    """A core module in a component, with one function that has this code."""
    function = locals_ + code + b"\x0b"
    return in_component(section(1, b"\1\x60\0\0"), section(3, b"\1\0"), section(10, b"\1" + leb128(len(function)) + function))


def nested(depth):
    out = b"\0asm\x0d\0\x01\0"
    for _ in range(depth):
        out = b"\0asm\x0d\0\x01\0" + section(4, out)
    return out


LONG = b"n" * 4097
# Components that have more of something than a compile takes, and a part of the error's text. Most are small: a bomb of
# a few KB can occupy a compiler for minutes.
SHAPES = {
    "functions": (lambda: in_component(section(1, b"\1\x60\0\0"), section(3, leb128(50_001) + b"\0" * 50_001)), "50001 functions; 50000 "),
    "types": (lambda: in_component(section(1, leb128(10_001) + b"\x60\0\0" * 10_001)), "10001 types; 10000 "),
    "data segments": (lambda: in_component(section(11, leb128(100_001) + b"\1\0" * 100_001)), "100001 data segments; 100000 "),
    "element segments": (lambda: in_component(section(9, leb128(10_001) + b"\1\0\0" * 10_001)), "10001 element segments; 10000 "),
    "globals": (lambda: in_component(section(6, leb128(20_001) + b"\x7f\0\x41\0\x0b" * 20_001)), "20001 globals; 20000 "),
    "core instances": (lambda: in_component(then=section(2, leb128(33) + b"\0\0\0" * 33)), "33 core instances; 32 "),
    "core modules": (lambda: b"\0asm\x0d\0\x01\0" + section(1, b"\0asm\1\0\0\0") * 65, "65 core modules; 64 "),
    "nested components": (lambda: nested(17), "17 components inside each other; 16 "),
    "a long function": (lambda: body(b"\1" * (2 << 20)), "bytes in one function; 2097152 "),
    "locals": (lambda: body(b"", b"\1" + leb128(10_001) + b"\x7f"), "10001 locals in one function; 10000 "),
    "locals in groups": (lambda: body(b"", leb128(101) + (leb128(100) + b"\x7f") * 101), "10100 locals in one function; 10000 "),
    "a br_table": (lambda: body(b"\x41\0\x0e" + leb128(65_537) + b"\0" * 65_538), "65537 branches in one br_table; 65536 "),
    "nested blocks": (lambda: body(b"\x02\x40" * 10_001 + b"\x0b" * 10_001), "10001 blocks inside each other; 10000 "),
    "a long import's name": (lambda: in_component(section(1, b"\1\x60\0\0"), section(2, b"\1" + leb128(4097) + LONG + b"\1f\0\0")), "4097 bytes in the name"),
    "a long export's name": (lambda: in_component(section(5, b"\1\0\1"), section(7, b"\1" + leb128(4097) + LONG + b"\2\0")), "4097 bytes in the name"),
    "exports": (lambda: in_component(section(5, b"\1\0\1"), section(7, leb128(20_001) + b"\1e\2\0" * 20_001)), "20001 imports and exports of its modules; 20000 "),
}


def elf(kind=b"\x01"):
    return b"\x7fELF\x02\x01\x01" + b"\0" * 9 + kind + b"\x00\x3e\x00" + b"\0" * 200


HELLO = "hello-wat"
KINDS = {
    "empty": (lambda: b"", 422, "F0401"),
    "one byte": (lambda: b"\0", 422, "F0402"),
    "random bytes": (lambda: bytes(range(7, 256)) * 40, 422, "F0402"),
    "the magic alone": (lambda: b"\0asm", 422, {"F0402", "F0409"}),
    "a wrong magic": (lambda: b"\0asn" + guest(HELLO)[4:], 422, "F0402"),
    "an unknown layer": (lambda: b"\0asm\x0d\0\x02\0" + guest(HELLO)[8:], 422, "F0409"),
    "an unknown version": (lambda: b"\0asm\x7f\0\x01\0" + guest(HELLO)[8:], 422, "F0409"),
    "JSON": (lambda: b'{"name": "x"}', 422, "F0402"),
    "a page": (lambda: b"<!doctype html><title>404</title>", 422, "F0402"),
    "WAT of a component": (lambda: b"(component)", 422, "F0403"),
    "WAT of a module": (lambda: b";; a comment\n  (module (func))\n", 422, "F0403"),
    "core module": (lambda: guest("core-module"), 422, "F0404"),
    "empty core module": (lambda: b"\0asm\x01\0\0\0", 422, "F0404"),
    "P1 command": (lambda: guest("p1-command"), 422, "F0405"),
    "ELF object": (lambda: elf(b"\x01"), 422, {"F0406", "F0408"}),
    "ELF program": (lambda: (BINARIES / "faasta").read_bytes()[:1_000_000], 422, "F0408"),
    "Mach-O program": (lambda: b"\xcf\xfa\xed\xfe" + b"\0" * 100, 422, "F0408"),
    "PE program": (lambda: b"MZ" + b"\0" * 100, 422, "F0408"),
    "gzip": (lambda: gzip.compress(guest(HELLO)), 422, "F0407"),
    "zip": (lambda: zipped(guest(HELLO)), 422, "F0407"),
    "tar": (lambda: tarred(guest(HELLO)), 422, "F0407"),
    "zstd": (lambda: b"\x28\xb5\x2f\xfd" + b"\0" * 50, 422, "F0407"),
    "xz": (lambda: b"\xfd7zXZ\0" + b"\0" * 50, 422, "F0407"),
    "bzip2": (lambda: b"BZh91AY&SY" + b"\0" * 50, 422, "F0407"),
    "command component": (lambda: guest("command"), 422, "F0410"),
    "no handler": (lambda: guest("no-handler"), 422, "F0411"),
    "empty component": (lambda: b"\0asm\x0d\0\x01\0", 422, "F0411"),
    "unknown handler version": (lambda: guest("unknown-version"), 422, "F0412"),
    "a handler of a release candidate": (lambda: guest("release-candidate"), 422, "F0412"),
    "WASI 0.3": (lambda: guest("wasi-p3"), 422, "F0426"),
    "wrong handler type": (lambda: guest("wrong-type"), 422, "F0413"),
    "unknown import": (lambda: guest("unknown-import"), 422, "F0414"),
    "an import of another type": (lambda: guest("import-type"), 422, "F0414"),
    "an import whose name was changed": (lambda: guest("hello-raw").replace(b"wasi:clocks/", b"wasi:klocks/").replace(b"wasi:io/poll@", b"wasi:io/pool@"), 422, {"F0409", "F0414"}),
    "an import with build metadata": (lambda: importing(["wasi:io/poll@0.2.0+" + "a" * 30_000]), 422, "F0414"),
    "an import of a pre-release": (lambda: importing(["wasi:io/poll@0.2.0-rc-2023-12-05"]), 422, "F0414"),
    "an import whose version is long": (lambda: importing(["wasi:io/poll@0.2." + "1" * 15]), 422, "F0414"),
    "256 imports, the most there may be": (lambda: importing([f"wasi:io/poll@0.2.{n}" for n in range(256)]), 422, "F0413"),
    "257 imports": (lambda: importing([f"wasi:io/poll@0.2.{n}" for n in range(257)]), 422, "F0424"),
    "memory minimum": (lambda: guest("memory-min-huge"), 422, "F0417"),
    "memory minimum over many memories": (lambda: guest("memory-many"), 422, {"F0417", "F0424"}),
    "types that take much memory when they are loaded": (lambda: guest("wide-import"), 422, "F0424"),
    "table minimum": (lambda: guest("table-huge"), 422, "F0418"),
    "start function that traps": (lambda: guest("start-trap"), 422, "F0422"),
    "start function that never ends": (lambda: guest("start-loop"), 422, "F0423"),
    "slow start": (lambda: guest("slow-start"), 422, "F0423"),
    "trailing rubbish": (lambda: guest(HELLO) + b"rubbish at the end", 422, "F0409"),
    "two components in a row": (lambda: guest(HELLO) * 2, 422, "F0409"),
    **{f"truncated to {percent} %": (lambda percent=percent: guest("hello-raw")[: len(guest("hello-raw")) * percent // 100], 422, "F0409")
       for percent in (1, 10, 50, 90, 99)},
    "without its last byte": (lambda: guest("hello-raw")[:-1], 422, "F0409"),
}


@pytest.mark.parametrize("make, status, codes", [pytest.param(*row, id=name) for name, row in KINDS.items()])
def test_kind(server, make, status, codes):
    component = make()
    start = time.monotonic()
    answer = server.upload("steady", component)
    seconds = time.monotonic() - start
    assert answer.status == status and answer.code in ({codes} if isinstance(codes, str) else codes), answer
    problem = answer.json()
    assert {"type", "title", "status", "code", "detail", "fix", "request_id"} <= set(problem) and problem["fix"], problem
    assert seconds < patient(4), f"{seconds:.2f} s"


@pytest.mark.parametrize("make, text", [pytest.param(*row, id=name) for name, row in SHAPES.items()])
def test_more_than_a_compile_takes(server, make, text):
    component = make()
    start = time.monotonic()
    answer = server.upload("steady", component)
    assert (answer.status, answer.code) == (422, "F0424") and text in answer.json()["detail"], answer
    assert time.monotonic() - start < patient(2)


def test_the_most_that_a_compile_takes(server):
    """The limits themselves are allowed: such a component fails later, because it is no handler."""
    for component in (in_component(section(1, b"\1\x60\0\0"), section(3, leb128(50_000) + b"\0" * 50_000), section(10, leb128(50_000) + b"\2\0\x0b" * 50_000)),
                      body(b"", b"\1" + leb128(10_000) + b"\x7f"), body(b"\x02\x40" * 10_000 + b"\x0b" * 10_000)):
        answer = server.upload("steady", component)
        assert (answer.status, answer.code) == (422, "F0411"), answer


def test_there_are_enough_kinds():
    assert len(KINDS) >= 40


def test_bit_flips_never_hurt_the_server(server):
    """The result of a flipped bit may be a valid component. A flip must never cause an error of the server, or end the
    old version."""
    component, outcomes = guest(HELLO), {}
    steps = 97 if SANITIZED else 23
    for at in range(0, len(component), steps):
        data = flipped(component, at, at % 8)
        answer = server.upload("flipped", data)
        assert answer.status in (200, 201) or (answer.status == 422 and answer.code.startswith("F04")), (at, answer)
        outcomes[answer.code] = outcomes.get(answer.code, 0) + 1
    print(outcomes)
    assert outcomes.get("F0409", 0) > 5


def test_a_bit_flipped_on_the_way(server):
    """The declared digest detects errors that validation cannot detect."""
    import hashlib
    component = version_guest(2)
    answer = server.upload("steady", version_guest(3), sha256=hashlib.sha256(component).hexdigest())
    assert (answer.status, answer.code) == (422, "F0109"), answer


@pytest.mark.parametrize("digest", ["", "abc", "z" * 64, "0" * 63, "0" * 65])
def test_a_digest_that_is_none(server, digest):
    answer = server.upload("steady", version_guest(2), sha256=digest)
    assert answer.status in (400, 422), answer


def test_size_limit(make_server):
    server = make_server({"limits": {"component_mb": 1}})
    mib = 1 << 20
    room = mib - len(version_guest(1)) - 6 - 4                    # a section's id, its size, and its name with a length byte
    exact = with_custom_section(version_guest(1), b"pad", b"\0" * room)
    exact += b"" if len(exact) == mib else b""
    while len(exact) != mib:
        room += mib - len(exact)
        exact = with_custom_section(version_guest(1), b"pad", b"\0" * room)
    server.deploy("sized", exact)
    over = with_custom_section(version_guest(2), b"pad", b"\0" * (room + 1))
    answer = server.upload("sized", over)
    assert (answer.status, answer.code) == (413, "F0416"), answer
    assert server.call("sized").body == version_mark(1)


def test_chunked_upload_above_the_limit(make_server):
    server = make_server({"limits": {"component_mb": 1}})
    lines = [f"authorization: Bearer {server.token}", "content-type: application/wasm", "transfer-encoding: chunked"]
    body = b"\0asm\x0d\0\x01\0" + b"\0" * (2 << 20)
    with server.connect() as connection:
        connection.send_gently(request("POST", "/v1/functions/sized/versions", "api.localhost", lines, b"%x\r\n" % len(body) + body))
        answer = connection.read_response()
    assert (answer.status, answer.code) == (413, "F0416"), answer


def test_a_chunked_upload(server):
    component = version_guest(7)
    parts = [component[at:at + 5000] for at in range(0, len(component), 5000)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    answer = server.api("POST", "/v1/functions/chunked-up/versions", body, ["content-type: application/wasm", "transfer-encoding: chunked"])
    assert answer.status == 201, answer
    assert server.call("chunked-up").body == version_mark(7)


@pytest.mark.parametrize("declared", [1, 1000, -1])
def test_content_length_too_short(server, declared):
    """The rest of the upload looks like a second request. The server must not run it."""
    component = version_guest(5)
    length = declared if declared > 0 else len(component) - 1
    lines = [f"authorization: Bearer {server.token}", "content-type: application/wasm", f"content-length: {length}"]
    with server.connect() as connection:
        connection.send_gently(request("POST", "/v1/functions/steady/versions", "api.localhost", lines, component))
        answer = connection.read_response()
        assert answer.status == 422 and answer.code in ("F0402", "F0409"), answer
        if declared > 0:
            try:
                assert connection.read_response().status == 400
            except Broken:
                pass


@pytest.mark.parametrize("percent", [0, 1, 30, 60, 99])
@pytest.mark.parametrize("how", ["close", "reset", "half-close"])
def test_an_upload_cut_off(server, percent, how):
    component = version_guest(6)
    lines = [f"authorization: Bearer {server.token}", "content-type: application/wasm", f"content-length: {len(component)}"]
    with server.connect() as connection:
        connection.send(request("POST", "/v1/functions/steady/versions", "api.localhost", lines, component[: len(component) * percent // 100]))
        if how == "half-close":
            connection.socket.shutdown(socket.SHUT_WR)
            try:
                answer = connection.read_response()
                assert answer.status == 400 and answer.code == "F0108", answer
            except Broken:
                pass
        elif how == "reset":
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_nothing_is_left_of_what_was_refused(server):
    """Only deployed versions have files."""
    import hashlib
    answer = server.upload("never-answers", "spin")  # its files are in place before the probe
    assert (answer.status, answer.code) == (422, "F0425"), answer
    deployed = {hashlib.sha256(version_guest(1)).hexdigest()}
    for one in server.functions():
        deployed |= {version["sha256"] for version in server.versions(one["name"])}

    def strays():
        files = [path for folder in ("artifacts", "compiled") for path in (server.data / folder).rglob("*") if path.is_file()]
        return [path for path in files if not any(sha in path.name for sha in deployed)]
    eventually(lambda: not strays(), 10, "the removal of what was refused")


@pytest.mark.parametrize("method, path, status, code", [
    ("GET", "/v1/nothing", 404, "F0102"), ("GET", "/", 404, "F0102"), ("GET", "/v2/functions", 404, "F0102"), ("GET", "/v1/functions/steady/nothing", 404, "F0102"),
    ("GET", "/v1//functions", 404, "F0102"), ("GET", "/V1/functions", 404, "F0102"),
    ("PUT", "/v1/functions", 405, "F0103"), ("PATCH", "/v1/functions/steady", 405, "F0103"), ("GET", "/v1/functions/steady/rollback", 405, "F0103"),
    ("DELETE", "/v1/functions/steady/versions", 405, "F0103"), ("POST", "/v1/openapi.json", 405, "F0103"), ("BREW", "/v1/me", 405, "F0103"),
])
def test_routes_and_methods(server, method, path, status, code):
    answer = server.api(method, path)
    assert (answer.status, answer.code) == (status, code), answer
    assert status != 405 or answer.header("allow"), answer


@pytest.mark.parametrize("body, status, code", [
    (b'{"versoin": 1}', 400, "F0104"), (b'{"version": 1, "more": 2}', 400, "F0104"), (b"{", 400, "F0105"), (b"[]", 400, "F0105"), (b"version=1", 400, "F0105"),
    (b'{"version": 1} x', 400, "F0105"), (b'{"version": "1"}', 400, ("F0101", "F0105")), (b'{"version": 1.5}', 400, ("F0101", "F0105")), (b'{"version": -1}', 400, ("F0101", "F0105")),
    (b'{"version": 0}', None, None), (b'{"version": 1e30}', 400, ("F0101", "F0105")), (b'\xff', 400, "F0105"), (b'{"a":' * 500, 400, "F0105"), (b" " * 100_000, 413, "F0107"),
], ids=lambda value: repr(value)[:40])
def test_json_fields(server, body, status, code):
    answer = server.api("POST", "/v1/functions/steady/rollback", body, ["content-type: application/json"])
    if status is None:
        assert answer.status in (400, 404), answer
        return
    assert answer.status == status and answer.code in ({code} if isinstance(code, str) else code), answer


@pytest.mark.parametrize("query", ["verfiy=false", "cpu_ms=abc", "cpu_ms=-1", "cpu_ms=0", "memory_mb=1e3", "timeout_ms=", "verify=maybe", "cpu_ms=1&cpu_ms=2", "verify=true&verify=true", "outbound=nonsense", "outbound=ftp://a"])
def test_query_parameters(server, query):
    component = version_guest(9)
    answer = server.api("POST", f"/v1/functions/steady/versions?{query}", component, ["content-type: application/wasm"])
    assert answer.status == 400 and answer.code in ("F0101", "F0104"), answer
    assert any(part in json.dumps(answer.json()) for part in query.split("=") if part), answer


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/octet-stream, application/wasm", "multipart/mixed; boundary=x"])
def test_media_type(server, kind):
    answer = server.api("POST", "/v1/functions/steady/versions", version_guest(9), [f"content-type: {kind}"])
    assert (answer.status, answer.code) == (415, "F0106"), answer
