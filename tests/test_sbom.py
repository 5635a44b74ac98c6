"""The bill of materials of the packages (packaging/sbom) has what is linked, and CycloneDX accepts it."""
import importlib.machinery
import importlib.util
import json
import re
import subprocess
import tomllib

import pytest

from support.guests import REPOSITORY
from support.venv import CYCLONEDX, python_with

PACKAGES = ["faasta-server", "faasta"]
VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(str(JsonStrictValidator(SchemaVersion.V1_5).validate_str(sys.stdin.read()) or "") or None)
"""


def script():
    loader = importlib.machinery.SourceFileLoader("sbom", str(REPOSITORY / "packaging/sbom"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("sbom", loader))
    loader.exec_module(module)
    return module


@pytest.fixture(name="bills", scope="module")
def bills_fixture():
    return {package: subprocess.run([REPOSITORY / "packaging/sbom", package, "1.2.3"], capture_output=True, text=True, check=True).stdout for package in PACKAGES}


def versions(bill, kind):
    return {(one["name"], one["version"]) for one in json.loads(bill)["components"] if one["purl"].startswith(f"pkg:{kind}/")}


def rows():
    """{name: (version, who holds it)} of what is in the server and the CLI."""
    text = (REPOSITORY / "docs/dependencies.md").read_text().partition("## In the server and the CLI")[2].partition("## To build")[0]
    return {name: (version, held) for name, version, held in re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|", text, re.MULTILINE) if name not in ("dependency", "---")}


@pytest.mark.parametrize("package", PACKAGES)
def test_cyclonedx_accepts_it(bills, package):
    done = subprocess.run([python_with(CYCLONEDX), "-c", VALIDATE], input=bills[package], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    damaged = bills[package].replace('"type": "library"', '"type": "book"', 1)
    assert subprocess.run([python_with(CYCLONEDX), "-c", VALIDATE], input=damaged, capture_output=True, text=True).returncode != 0


@pytest.mark.parametrize(("package", "folder", "linked", "left_out"), [
    ("faasta-server", "engine", {"wasmtime", "cranelift-codegen", "tokio", "rustls", "ring", "hyper", "blake3"}, {"wat", "syn", "cc", "serde_derive", "wit-component"}),
    ("faasta", "componentize", {"wit-component", "wasmparser", "anyhow"}, {"wasmtime", "tokio", "syn"})])
def test_it_has_the_crates_that_are_linked(bills, package, folder, linked, left_out):
    bill = json.loads(bills[package])
    found = versions(bills[package], "cargo")
    names = {name for name, _ in found}
    assert linked <= names and not left_out & names, sorted(names)
    lock = tomllib.loads((REPOSITORY / folder / "Cargo.lock").read_text())["package"]
    assert found <= {(one["name"], one["version"]) for one in lock}
    digests = {(one["name"], one["version"]): one["checksum"] for one in lock if "checksum" in one}
    for one in bill["components"]:
        if (key := (one["name"], one["version"])) in digests and one["purl"].startswith("pkg:cargo/"):
            assert one["hashes"] == [{"alg": "SHA-256", "content": digests[key]}]
    uses = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    assert set(uses) >= {one["purl"] for one in bill["components"] if one["purl"].startswith("pkg:cargo/")}
    assert {one for others in uses.values() for one in others} <= {one["bom-ref"] for one in bill["components"]}


@pytest.mark.skipif(not (REPOSITORY / "build/engine/release/deps").exists(), reason="the engine is not built here")
def test_each_crate_was_compiled(bills):
    """The build has compiled all crates of the bill, by the names of its files."""
    compiled = {path.name[3:].rpartition("-")[0] for path in (REPOSITORY / "build/engine/release/deps").glob("lib*.rlib")}
    libraries = {name.replace("-", "_") for name, _ in versions(bills["faasta-server"], "cargo")}
    assert len(libraries) > 100 and libraries - compiled == {"rustls_webpki"} and "webpki" in compiled


def test_it_has_the_libraries_of_the_page(bills):
    listed, made = rows(), script()
    of_debian = {name for name, (_, held) in listed.items() if held.startswith("Debian 12")}
    assert of_debian == set(made.DEBIAN), "packaging/sbom and docs/dependencies.md list the same libraries of Debian"
    for name in of_debian:
        found = made.of_debian(name)["version"]
        assert re.sub(r"^\d+:", "", found).startswith(listed[name][0]), (name, found)
    libraries = dict(versions(bills["faasta-server"], "generic"))
    assert libraries["aws-lc"].startswith(listed["AWS-LC"][0].split(",")[0])
    assert libraries["nghttp2"] == listed["nghttp2"][0].split(",")[0] and set(libraries) == {"aws-lc", "nghttp2", "sqlite"}


def test_it_names_our_patches(bills):
    components = {one["name"]: one for one in json.loads(bills["faasta-server"])["components"]}
    named = {patch["diff"]["url"] for name in ("wasmtime", "wasmtime-environ") for patch in components[name]["pedigree"]["patches"]}
    assert named == {path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "third_party/wasmtime").glob("*.patch")}


def test_nothing_of_the_machine_is_in_it(bills):
    for bill in bills.values():
        assert str(REPOSITORY) not in bill and "index." not in bill and "/home/" not in bill and "/root/" not in bill
        references = [one["bom-ref"] for one in json.loads(bill)["components"]]
        assert len(references) == len(set(references))
