"""Static files from faasta.toml to the server: `deploy`, `dev` and `run` send what is missing, and refuse what must not be
published."""
import json
import signal

import pytest

from support.guests import version_guest
from support.http1 import Connection, request
from support.server import free_port
from support.waiting import eventually

TOML = 'name = "site"\n[build]\ncommand = "true"\nartifact = "out.wasm"\n[assets]\ndir = "public"\n'


@pytest.fixture
def project(signed_in, server):
    """A project with static files; calling it runs `faasta` there."""
    folder = signed_in.home / "site"
    (folder / "public" / "css").mkdir(parents=True)
    (folder / "faasta.toml").write_text(TOML)
    (folder / "out.wasm").write_bytes(version_guest(1))
    (folder / "public" / "index.html").write_text("<h1>home</h1>")
    (folder / "public" / "css" / "a.css").write_text("a{}")

    def run(*words, **more):
        return signed_in.run(*words, cwd=folder, **more)
    run.folder, run.files, run.cli = folder, folder / "public", signed_in
    yield run
    run("delete", "site", "-y")


def toml(project, text):
    (project.folder / "faasta.toml").write_text(TOML + text)


def test_a_deploy_sends_what_is_missing(project, server):
    assert "2 static files, 2 uploaded" in project("deploy").ok().err
    assert server.call("site").text == "<h1>home</h1>" and server.call("site", "/css/a.css").header("content-type") == "text/css; charset=utf-8"
    assert "2 static files, 0 uploaded (0 bytes)" in project("deploy").ok().err
    (project.files / "index.html").write_text("<h1>new</h1>")
    assert "2 static files, 1 uploaded" in project("deploy").ok().err
    assert server.call("site").text == "<h1>new</h1>"
    project("rollback").ok()
    assert server.call("site").text == "<h1>home</h1>"
    assert len(project("status", "--json").json()["assets"]) == 64
    assert "static files" in project("promote", "2", "--plan").ok().out


def test_ten_thousand_files_and_one_that_changes(project, server):
    for n in range(9_998):
        (project.files / f"{n}.txt").write_text(f"file {n}")
    assert "10000 static files, 10000 uploaded" in project("deploy").ok().err
    (project.files / "77.txt").write_text("changed")
    assert "10000 static files, 1 uploaded (7 bytes)" in project("deploy").ok().err
    assert server.call("site", "/77.txt").text == "changed" and server.call("site", "/9997.txt").text == "file 9997"
    (project.files / "one-too-many").write_text("x")
    project("deploy").fails(1, "F1125", "10000 files are allowed")


def test_all_settings_arrive(project, server):
    toml(project, 'not_found = "404"\nfunction_first = ["/api/*"]\n[assets.headers]\n"/css/*" = { x-own = "yes", cache-control = "no-cache" }\n')
    (project.files / "404.html").write_text("nothing")
    (project.files / "api").mkdir()
    (project.files / "api" / "x").write_text("x")
    project("deploy").ok()
    css = server.call("site", "/css/a.css")
    assert (css.header("x-own"), css.header("cache-control")) == ("yes", "no-cache")
    assert (server.call("site", "/nothing").status, server.call("site", "/nothing").text) == (404, "nothing")
    assert server.call("site", "/api/x").text != "x"


def link(project):
    (project.files / "link").symlink_to("/etc/hostname")


def link_to_folder(project):
    (project.files / "link").symlink_to("/etc")


def fifo(project):
    import os
    os.mkfifo(project.files / "pipe")


def large(project):
    with open(project.files / "large.bin", "wb") as file:
        file.truncate((25 << 20) + 1)


def no_utf8(project):
    import os
    with open(os.fsencode(project.files) + b"/\xff.txt", "wb"):
        pass


def linked_folder(project):
    project.files.rename(project.folder.parent / "outside")
    (project.folder / "public").symlink_to(project.folder.parent / "outside")


def no_folder(project):
    (project.files).rename(project.folder / "elsewhere")


@pytest.mark.parametrize("spoil, needles", [(link, ["symbolic link"]), (link_to_folder, ["symbolic link"]), (fifo, ["neither a file nor a folder"]), (large, ["25 MiB"]), (no_utf8, ["UTF-8"]), (linked_folder, ["leads out of the project"]), (no_folder, ["not a folder"])])
def test_what_is_not_published(project, spoil, needles):
    spoil(project)
    project("deploy").fails(1, "F1125", *needles)


def test_hidden_files_are_left_out(project, server):
    for name in (".env", ".git/config", ".well-known/x", "css/.hidden"):
        (project.files / name).parent.mkdir(exist_ok=True)
        (project.files / name).write_text(name)
    assert "3 static files" in project("deploy").ok().err
    assert server.call("site", "/.well-known/x").text == ".well-known/x" and server.call("site", "/.env").text != ".env"


MISTAKES = [('[assets]\n', "`assets.dir` is missing"), ('[assets]\ndir = "../other"\n', "inside the folder of the project"), ('[assets]\ndir = "/etc"\n', "inside the folder"), ('[assets]\ndir = "."\n', "inside the folder"),
            ('[assets]\ndir = "a/../.."\n', "inside the folder"), ('[assets]\ndir = 1\n', "name of a folder"), ('[assets]\ndir = "a"\nnot_found = "maybe"\n', '"none", "404" or "spa"'),
            ('[assets]\ndir = "a"\nfunction_first = "/api"\n', "must be a list"), ('[assets]\ndir = "a"\nfunction_first = ["api"]\n', "is not a path"), ('[assets]\ndir = "a"\nfunction_frist = []\n', "did you mean `assets.function_first`"),
            ('[assets]\ndir = "a"\n[assets.headers]\n"/*" = "x"\n', "must hold tables"), ('[assets]\ndir = "a"\n[assets.headers]\n"/*" = { etag = "x" }\n', "the server writes itself"), ('[assets]\ndir = "a"\n[assets.headers]\n"x" = { a = "b" }\n', "is not a path"),
            ('[assets]\ndir = "a"\n[assets.headers]\n' + "".join('"/%d" = { a = "%s", b = "%s" }\n' % (n, "v" * 4000, "v" * 4000) for n in range(5)), "more than 32768 bytes together")]


@pytest.mark.parametrize("text, needle", MISTAKES, ids=[needle for _, needle in MISTAKES])
def test_mistakes_in_faasta_toml(project, text, needle):
    (project.folder / "faasta.toml").write_text('name = "site"\n' + text)
    project("deploy").fails(1, "F0703", "faasta.toml:", needle)


def test_each_environment_has_its_files(project, server):
    toml(project, '[environments.staging]\nassets = { dir = "staging" }\n')
    (project.folder / "staging").mkdir()
    (project.folder / "staging" / "index.html").write_text("staging")
    project("deploy").ok()
    project("--env", "staging", "deploy").ok()
    assert (server.call("site").text, server.call("site-staging").text) == ("<h1>home</h1>", "staging")
    project("delete", "site-staging", "-y").ok()


def test_run_serves_them(project):
    port = free_port()
    process = project.cli.start("run", "--port", port, cwd=project.folder)
    try:
        eventually(lambda: answer(port, "/css/a.css") == "a{}", 60, "the file")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_dev_deploys_a_changed_file(project):
    """Also in a folder that .gitignore names, and outside of [build] watch."""
    toml(project, "")
    (project.folder / "faasta.toml").write_text(TOML.replace('"public"', '"dist"').replace("[assets]", 'watch = ["src/**"]\n[assets]'))
    project.files.rename(project.folder / "dist")
    (project.folder / ".gitignore").write_text("dist/\n")
    port = free_port()
    process = project.cli.start("dev", "--json", "--port", port, cwd=project.folder)
    try:
        eventually(lambda: answer(port, "/") == "<h1>home</h1>", 60, "the page")
        for number in range(3):
            (project.folder / "dist" / "index.html").write_text(f"page {number}")
            eventually(lambda: answer(port, "/") == f"page {number}", 30, "the changed page")
        (project.folder / "dist" / "new").mkdir()
        (project.folder / "dist" / "new" / "a.txt").write_text("new")
        eventually(lambda: answer(port, "/new/a.txt") == "new", 30, "the new file")
    finally:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert any(json.loads(line)["event"] == "ready" for line in out.splitlines())


def answer(port, path):
    try:
        with Connection(("127.0.0.1", port)) as connection:
            return connection.exchange(request("GET", path, f"site.localhost:{port}")).text
    except OSError:
        return None
