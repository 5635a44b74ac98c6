"""The files of a release (packaging/release), with a key that is made for the test. Run by packaging/check, which makes
the packages."""
import json
import os
import shutil
import subprocess

import pytest

from support.guests import REPOSITORY

pytestmark = pytest.mark.skipif("FAASTA_DEBIAN" not in os.environ, reason="run packaging/check")


def run(*words, cwd=None):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, cwd=cwd)


def make_key(folder, name):
    done = run("minisign", "-G", "-W", "-p", folder / f"{name}.pub", "-s", folder / f"{name}.key")
    assert done.returncode == 0, done
    return folder / f"{name}.pub"


@pytest.fixture(name="public", scope="module")
def public_fixture(tmp_path_factory):
    return make_key(tmp_path_factory.mktemp("keys"), "faasta")


@pytest.fixture(name="made", scope="module")
def made_fixture(tmp_path_factory, public):
    folder = tmp_path_factory.mktemp("release") / "files"
    done = run(REPOSITORY / "packaging/release", public.with_suffix(".key"), folder)
    assert done.returncode == 0, done
    return folder


@pytest.fixture(name="files")
def files_fixture(tmp_path, made):
    return shutil.copytree(made, tmp_path / "copy")


def problems(folder, public):
    """What a person who follows docs/releasing.md sees."""
    signed = run("minisign", "-V", "-m", "SHA256SUMS", "-p", public, cwd=folder)
    if signed.returncode != 0:
        return "signature"
    return "" if run("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS", cwd=folder).returncode == 0 else "sum"


def test_a_release_is_whole(files, public):
    version = run("dpkg-deb", "-f", next(files.glob("faasta_*.deb")), "Version").stdout.strip()
    named = {line.split()[1] for line in (files / "SHA256SUMS").read_text().splitlines()}
    packages = {path.name for path in (REPOSITORY / "build/packages").glob("*.deb")}
    assert named == packages | {f"faasta-{version}.tar.gz", f"faasta-{version}.cdx.json", f"faasta-server-{version}.cdx.json"}
    assert {path.name for path in files.iterdir()} == named | {"SHA256SUMS", "SHA256SUMS.minisig"}
    assert problems(files, public) == "" and f"trusted comment: faasta {version}" in (files / "SHA256SUMS.minisig").read_text()
    for package in ("faasta", "faasta-server"):
        assert json.loads((files / f"{package}-{version}.cdx.json").read_text())["metadata"]["component"]["version"] == version
    assert f"faasta-{version}/dev" in run("tar", "-tzf", files / f"faasta-{version}.tar.gz").stdout.split()


def test_a_changed_file_is_found(files, public):
    package = next(files.glob("faasta_*.deb"))
    data = bytearray(package.read_bytes())
    data[len(data) // 2] ^= 1
    package.write_bytes(data)
    assert problems(files, public) == "sum"


def test_a_changed_list_is_found(files, public):
    sums = files / "SHA256SUMS"
    sums.write_text(sums.read_text().replace("a", "b", 1))
    assert problems(files, public) == "signature"


def test_a_changed_comment_is_found(files, public):
    signature = files / "SHA256SUMS.minisig"
    signature.write_text(signature.read_text().replace("trusted comment: faasta ", "trusted comment: faasta 9"))
    assert problems(files, public) == "signature"


def test_another_key_does_not_pass(files, tmp_path):
    assert problems(files, make_key(tmp_path, "other")) == "signature"
