"""The crate cargo-faasta: packaging/crate/assemble puts all of it into one folder. packaging/check-crate compiles it."""
import json
import os
import re
import subprocess
import tarfile
import tomllib

import pytest

from support.guests import REPOSITORY
from support.server import BINARIES

BUILD = BINARIES.resolve().parent
LARGEST = 10 << 20          # of a crate, compressed: the limit of crates.io
# These are not in the crate, with the reason in packaging/crate/assemble.
LEFT_OUT = {"src/base/asio_impl.cpp"}
ADDED = {"fmt.cpp"}         # CMake links Debian's library

pytestmark = pytest.mark.skipif(not (BUILD / "build.ninja").exists(), reason="FAASTA_BIN_DIR is not of a build folder")


@pytest.fixture(scope="module", name="crate")
def crate_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crate") / "cargo-faasta"
    subprocess.run([REPOSITORY / "packaging/crate/assemble", folder, BUILD.name], check=True)
    return folder


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def linked_sources():
    """The sources of the program `faasta`: those of the libraries that the linker gets, from CMake's files."""
    link = re.search(r"^build bin/faasta: \S+ (.*)$", (BUILD / "build.ninja").read_text(), re.MULTILINE)[1].split(" || ")[0]
    targets = {"faasta"} | {name[3:-2] for name in re.findall(r"libfaasta_\w+\.a", link)}
    assert {"faasta_cli", "faasta_base", "faasta_curl"} <= targets, link
    found = set()
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if re.search(r" -o \S*CMakeFiles/([\w-]+)\.dir/", entry["command"])[1] in targets and "cmake_pch" not in entry["file"]:
            found.add(entry["file"])
    return {path.removeprefix(f"{REPOSITORY}/") for path in found}


def test_the_sources_are_those_of_cmake(crate):
    expected = {path.replace(f"build/{BUILD.name}/", "") for path in linked_sources()} - LEFT_OUT | ADDED
    assert len(expected) > 150
    assert {path.removeprefix("cpp/") for path in files(crate) if path.startswith("cpp/") and path.endswith(".cpp")} == expected


def test_each_included_file_is_there(crate):
    there, missing = files(crate), []
    for path in sorted((crate / "cpp").rglob("*.?pp")):
        if path.is_relative_to(crate / "cpp" / "include"):
            continue
        for kind, name in re.findall(r'^\s*#\s*include\s*(["<])([^">]+)[">]', path.read_text(), re.MULTILINE):
            folders = ["src", "engine", "generated"] if kind == '"' or name.endswith(".inc") else ["include"]
            ours = kind == '"' or name.endswith(".inc") or name.split("/")[0] in ("boost", "fmt", "CLI", "toml++")
            if ours and not any(f"cpp/{folder}/{name}" in there for folder in folders):
                missing.append(f"{path.relative_to(crate)} includes {name}")
    assert not missing, "\n".join(missing)


def test_cargo_packs_all_of_it(crate, tmp_path):
    there = files(crate)
    done = subprocess.run(["cargo", "package", "--list", "--allow-dirty"], cwd=crate, capture_output=True, text=True, check=True,
                          env={**os.environ, "CARGO_TARGET_DIR": str(tmp_path / "target")})
    assert set(done.stdout.split("\n")) - {"", "Cargo.toml.orig"} == there
    with tarfile.open(tmp_path / "crate.tar.gz", "w:gz", compresslevel=6) as packed:
        packed.add(crate)
    assert (tmp_path / "crate.tar.gz").stat().st_size < LARGEST
    assert {"boost", "fmt", "CLI", "toml++", "curl", "aws-lc"} == {path.name for path in (crate / "licenses").iterdir()}


def test_no_file_has_a_path_of_this_machine(crate):
    root = str(REPOSITORY).encode()
    assert [path for path in files(crate) if root in (crate / path).read_bytes()] == []


def test_versions_are_those_of_the_repository(crate):
    def toml(path):
        return tomllib.loads(path.read_text())
    manifest = toml(crate / "Cargo.toml")
    said = subprocess.run([BINARIES / "faasta", "--version"], capture_output=True, text=True, check=True).stdout
    assert said == f"faasta {manifest['package']['version']}\n"
    pinned = toml(REPOSITORY / "componentize/Cargo.toml")["dependencies"]
    for folder, name in (("awslc", "aws-lc-sys"), ("nghttp2", "libnghttp2-sys")):
        pinned[name] = toml(REPOSITORY / "third_party" / folder / "Cargo.toml")["dependencies"][name]
    for name, wanted in pinned.items():
        assert manifest["dependencies"][name] == (wanted["version"] if isinstance(wanted, dict) else wanted), name


def test_the_lock_fits(crate):
    done = subprocess.run(["cargo", "metadata", "--locked", "--format-version", "1"], cwd=crate, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
