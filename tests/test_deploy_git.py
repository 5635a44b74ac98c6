"""`deploy --git`: a repository is cloned, built here and deployed; the version says from which commit."""
import subprocess

import pytest

from support.guests import version_guest, version_mark


@pytest.fixture
def repository(tmp_path):
    """A bare repository with a function in the folder `service`, on the branches main and old."""
    work, bare = tmp_path / "work", tmp_path / "shop.git"

    def git(*words):
        return subprocess.run(["git", "-C", work, "-c", "user.name=t", "-c", "user.email=t@example.com", *words], check=True, capture_output=True, text=True).stdout.strip()
    (work / "service" / "public").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "-b", "main", work], check=True)
    (work / "service" / "faasta.toml").write_text('name = "from-git"\n[build]\ncommand = "cp given.wasm out.wasm"\nartifact = "out.wasm"\n[assets]\ndir = "public"\n')
    (work / "service" / "public" / "a.txt").write_text("a file")
    commits = {}
    for branch, number in (("old", 1), ("main", 2)):
        (work / "service" / "given.wasm").write_bytes(version_guest(number))
        git("add", ".")
        git("commit", "-qm", branch)
        if branch != "main":
            git("branch", branch)
        commits[branch] = git("rev-parse", "HEAD")
    subprocess.run(["git", "clone", "-q", "--bare", work, bare], check=True)
    return f"file://{bare}", commits


def test_a_version_from_a_repository(signed_in, server, repository):
    url, commits = repository
    done = signed_in.run("deploy", "--git", f"{url}#:service").ok()
    assert commits["main"] in done.err and version_mark(2) in server.call("from-git").body and server.call("from-git", "/a.txt").text == "a file"
    signed_in.run("deploy", "--git", f"{url}#old:service", "-m", "the old one").ok()
    assert version_mark(1) in server.call("from-git").body
    newest, first = server.versions("from-git")
    assert (newest["source"], first["source"]) == (f"{url}#{commits['old']}", f"{url}#{commits['main']}")
    shown = signed_in.run("versions", "from-git").ok().out
    assert f"the old one ({url}#{commits['old']})" in shown, shown
    signed_in.run("delete", "from-git", "-y").ok()


WRONG = [("#gone:service", 1, "git cannot clone"), ("#:nothing", 1, "has no folder nothing"), ("", 1, "F0702"), ("#:../x", 2, "not a folder inside"), ("#:/etc", 2, "not a folder inside")]


@pytest.mark.parametrize("rest, code, needle", WRONG)
def test_what_cannot_be_deployed(signed_in, repository, rest, code, needle):
    signed_in.run("deploy", "--git", repository[0] + rest).fails(code, needle)


def test_a_password_in_the_address_is_not_stored(signed_in, server, repository, tmp_path):
    """git takes the place of the address by one of the configuration, so that no other machine is needed."""
    url, commits = repository
    secret = "https://me:pass-word@git.example/shop.git"
    env = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{url}.insteadOf", "GIT_CONFIG_VALUE_0": secret}
    done = signed_in.run("deploy", "--git", f"{secret}#:service", env=env).ok()
    assert "pass-word" not in done.out + done.err
    for rest, needle in (("#gone", "git cannot clone https://git.example/shop.git"), ("#:nothing", "https://git.example/shop.git has no folder nothing")):
        failed = signed_in.run("deploy", "--git", secret + rest, env=env)
        failed.fails(1, needle)
        assert "pass-word" not in failed.out + failed.err
    assert server.versions("from-git")[0]["source"] == f"https://git.example/shop.git#{commits['main']}"
    signed_in.run("delete", "from-git", "-y").ok()
