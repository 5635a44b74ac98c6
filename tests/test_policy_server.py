"""The dependency policy on the server: the components that it accepts, and the operator's audit."""
import json
import os
import sqlite3
import subprocess
import time
import zlib

import pytest

from support.guests import leb128, version_guest, with_custom_section
from support.policy import LIST, POLICY, Ruled, custom, package, section
from support.server import BINARIES, environment

DENIED = "the policy denies Evil_Crate <2: RUSTSEC-0000-0000"


@pytest.fixture(scope="module")
def ruled(tmp_path_factory):
    with Ruled(tmp_path_factory.mktemp("ruled"), POLICY) as server:
        yield server
        assert server.stop() == 0


# ---- the server alone: uploaded lists ----

def with_module(component, data):
    """A component that contains a core module with its own list."""
    module = b"\0asm\1\0\0\0" + custom(b".dep-v0", data)
    return component + b"\1" + leb128(len(module)) + module


CLEAN, BAD = section([package("good-crate")]), section([package("app", "0.1.0", "local", root=True, dependencies=[1]), package("evil_crate")])
CHAIN = section([package(f"{'p' * 110}{i}", source="git" if i == 4095 else "local", root=i == 0, dependencies=[i + 1] if i < 4095 else []) for i in range(4096)])
UPLOADS = {
    "clean": (201, None, lambda c: with_custom_section(c, LIST, CLEAN)),
    "none": (201, None, lambda c: c),
    "denied": (422, "F0901", lambda c: with_custom_section(c, LIST, BAD)),
    "in a module": (422, "F0901", lambda c: with_module(c, BAD)),
    "after a clean one": (422, "F0901", lambda c: with_custom_section(with_custom_section(c, LIST, CLEAN), LIST, BAD)),
    "before a clean one": (422, "F0901", lambda c: with_custom_section(with_custom_section(c, LIST, BAD), LIST, CLEAN)),
    "behind many sections": (422, "F0901", lambda c: c + custom(b"pad", b"") * 5000 + custom(LIST, BAD)),
    "git": (422, "F0901", lambda c: with_custom_section(c, LIST, section([package("a", source="git")]))),
    "source of nobody": (422, "F0901", lambda c: with_custom_section(c, LIST, section([package("a", source="Crates.io")]))),
    "not zlib": (422, "F0903", lambda c: with_custom_section(c, LIST, b"[]")),
    "empty": (422, "F0903", lambda c: with_custom_section(c, LIST, b"")),
    "cut": (422, "F0903", lambda c: with_custom_section(c, LIST, CLEAN[:-6])),
    "followed by bytes": (422, "F0903", lambda c: with_custom_section(c, LIST, CLEAN + b"x")),
    "a bomb": (422, "F0903", lambda c: with_custom_section(c, LIST, zlib.compress(b" " * (64 << 20), 9))),
    "deep": (422, "F0903", lambda c: with_custom_section(c, LIST, zlib.compress(b"[" * 100_000))),
    "no version": (422, "F0903", lambda c: with_custom_section(c, LIST, section([package("evil-crate", "one")]))),
    "control characters": (422, "F0903", lambda c: with_custom_section(c, LIST, section([package("a\x1b[2J")]))),
    "damaged beside a clean one": (422, "F0903", lambda c: with_custom_section(with_custom_section(c, LIST, CLEAN), LIST, b"x")),
    "a hundred": (422, "F0903", lambda c: c + custom(LIST, CLEAN) * 100),
    "too many packages in all": (422, "F0903", lambda c: c + b"".join(custom(LIST, section([package(f"p{i}-{j}") for i in range(3000)])) for j in range(3))),
    "too many packages": (422, "F0903", lambda c: with_custom_section(c, LIST, section([package(f"p{i}") for i in range(5000)]))),
    "a chain as long as can be": (422, "F0901", lambda c: with_custom_section(c, LIST, CHAIN)),
    "as many as are taken": (201, None, lambda c: with_custom_section(c, LIST, section([package(f"{'p' * 100}{i}", source="sparse+https://" + "x" * 400) for i in range(980)]))),
    "more text than is taken": (422, "F0903", lambda c: with_custom_section(c, LIST, section([package(f"{'p' * 100}{i}", source="sparse+https://" + "x" * 400) for i in range(1100)]))),
}


def test_a_long_chain_takes_no_memory(ruled):
    before = ruled.memory("VmHWM")
    answer = ruled.upload("list-chain", with_custom_section(version_guest(1), LIST, CHAIN), verify=False)
    assert answer.code == "F0901" and len(answer.body) < 16_384 and "... -> " in answer.json()["detail"], answer
    assert ruled.memory("VmHWM") < before + (64 << 20)


@pytest.mark.parametrize("name", UPLOADS)
def test_lists_as_they_arrive(ruled, name):
    status, code, make = UPLOADS[name]
    function = "list-" + name.replace(" ", "-")
    answer = ruled.upload(function, make(version_guest(7)))
    assert answer.status == status and (code is None or answer.code == code), answer
    assert (ruled.call(function).status == 404) == (status != 201)
    if code == "F0901":
        assert "evil_crate 1.0.0 (crates.io): " + DENIED in answer.json()["detail"] or name in ("git", "source of nobody", "a chain as long as can be"), answer


def test_a_refused_deploy_leaves_the_old_version(ruled):
    ruled.deploy("goes-on", version_guest(1))
    assert ruled.upload("goes-on", with_custom_section(version_guest(2), LIST, BAD)).status == 422
    assert ruled.call("goes-on").text == "VERSION-00000001" and len(ruled.versions("goes-on")) == 1


def test_import_that_the_policy_denies(tmp_path):
    server = Ruled(tmp_path / "no-http", '[imports]\ndeny = ["wasi:http/types"]\n')
    with server:
        refused = server.upload("imports", version_guest(1))
        assert (refused.status, refused.code) == (422, "F0415") and "wasi:http/types" in refused.json()["detail"], refused


def test_the_policy_is_told_to_who_is_signed_in(ruled):
    answer = ruled.api("GET", "/v1/policy")
    assert answer.status == 200 and answer.json()["dependencies"]["deny"] == [{"name": "Evil_Crate", "version": "<2", "reason": "RUSTSEC-0000-0000"}], answer
    assert ruled.api("GET", "/v1/policy", token="wrong").code == "F0203"
    assert ruled.api("GET", "/v1/policy?x=1").status == 400


@pytest.mark.parametrize("text, says", [("[dependencies]\nsource = []\n", "policy.toml:2:1: there is no setting 'dependencies.source'"), ("x", "policy.toml:1:"), (None, "policy.toml")])
def test_a_wrong_policy_stops_the_start(tmp_path, text, says):
    server = Ruled(tmp_path / "wrong", text or "")
    if text is None:
        server.policy_file.unlink()
    server.spawn()
    assert server.process.wait(30) == 2
    assert says in server.log_file.read_text() and "F0801" in server.log_file.read_text()


# ---- faastad admin audit ----

def audit(data, *arguments):
    return subprocess.run([BINARIES / "faastad", "admin", "audit", "--data", data, *arguments], capture_output=True, text=True, env=environment())


def test_audit_says_who_has_a_crate(ruled):
    def listed(number, version):
        return with_custom_section(version_guest(number), LIST, section([package("Audited_Crate", version), package("app", "0.1.0", "local", root=True)]))
    ruled.deploy("audit-one", listed(1, "1.0.0"))
    ruled.deploy("audit-one", listed(2, "1.4.0"))
    ruled.deploy("audit-one", listed(3, "1.4.0"))
    ruled.rollback("audit-one", 2)
    ruled.deploy("audit-two", listed(4, "2.0.0-rc.1"))
    rows = [json.loads(line) for line in audit(ruled.data, "--crate", "audited-crate", "--json").stdout.splitlines()]
    assert [(row["function"], row["crate_version"], row["versions"], row["live"], row["owner"]) for row in rows] == [
        ("audit-one", "1.0.0", [1], False, "owner"), ("audit-one", "1.4.0", [2, 3], True, "owner"), ("audit-two", "2.0.0-rc.1", [1], True, "owner")]
    found = audit(ruled.data, "--crate", "audited_crate", "--version", ">=1.1, <2")
    assert found.returncode == 0 and "audit-two" in found.stdout and found.stdout.count("audit-one") == 1 and "2 found, 2 of them live" in found.stderr, found
    assert ruled.api("DELETE", "/v1/functions/audit-two").status == 200
    assert "audit-two" not in audit(ruled.data, "--crate", "audited-crate").stdout
    database = sqlite3.connect(f"file:{ruled.data}/faasta.db?mode=ro", uri=True)
    assert database.execute("SELECT version FROM package WHERE name = 'Audited_Crate' ORDER BY version").fetchall() == [("1.0.0",), ("1.4.0",)], "an unused package is forgotten"


@pytest.mark.parametrize("arguments, exit_code", [((), 2), (("--crate",), 2), (("--crate", "x", "--version", "one"), 2), (("--crate", "x", "--what"), 2)])
def test_audit_says_what_is_wrong(ruled, arguments, exit_code):
    done = audit(ruled.data, *arguments)
    assert done.returncode == exit_code and "error[F" in done.stderr, done
    assert audit(ruled.data / "nothere", "--crate", "x").returncode == 1


def test_audit_of_ten_thousand_functions_takes_less_than_a_second(make_server):
    """A catalog of 10,000 functions with two versions of 40 packages each, a tenth of them with the crate."""
    server = make_server()
    server.stop()
    database = sqlite3.connect(server.data / "faasta.db")
    database.executescript("""
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
          INSERT INTO function (id, name, owner, active, next_version, created, updated) SELECT 1000 + i, printf('many-%05d', i), 1, 2, 3, 0, 0 FROM n;
        INSERT INTO version (function, number, sha256, size, compiled_size, imports, settings, created, message)
          SELECT id, v, zeroblob(32), 1, 1, '[]', '{}', 0, '' FROM function, (SELECT 1 v UNION SELECT 2) WHERE id >= 1000;
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 399)
          INSERT INTO package (id, name, version, source) SELECT i + 1, printf('crate_%d', i / 4), printf('1.%d.0', i % 4), 'crates.io' FROM n;
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
          INSERT OR IGNORE INTO version_package (function, number, package) SELECT function, number, (function * 7 + i * 10 + number) % 400 + 1 FROM version, n WHERE function >= 1000;
    """)
    database.commit()
    expected = database.execute("SELECT count(DISTINCT function) FROM version_package JOIN package ON id = package WHERE name = 'crate_7' AND version >= '1.2'").fetchone()[0]
    database.close()
    start = time.monotonic()
    done = audit(server.data, "--crate", "crate-7", "--version", ">=1.2", "--json")
    seconds = time.monotonic() - start
    functions = {json.loads(line)["function"] for line in done.stdout.splitlines()}
    assert len(functions) == expected > 900, (len(functions), expected)
    print(f"{len(functions)} of 10,000 functions in {seconds * 1000:.0f} ms")
    assert seconds < 1 or os.environ.get("FAASTA_SANITIZED"), seconds
