"""The link of a project: a deploy to a server or an owner that nobody meant is noticed (decision 56)."""
import json

import pytest

from support.cli import Cli
from support.guests import version_guest
from support.people import Person

TOML = """name = "linked"
[build]
command = "echo built >> builds; cp given.wasm out.wasm"
artifact = "out.wasm"
[environments.staging]
"""


class Project:
    def __init__(self, folder):
        self.folder, self.cli = folder / "project", Cli(folder / "home")
        self.folder.mkdir()
        (self.folder / "faasta.toml").write_text(TOML)
        (self.folder / "given.wasm").write_bytes(version_guest(1))

    def deploy(self, server, token, *arguments):
        return self.cli.run("deploy", *arguments, cwd=self.folder, env={"FAASTA_SERVER": url(server), "FAASTA_TOKEN": token})

    def links(self):
        return json.loads((self.folder / ".faasta/link.json").read_text())["links"]

    def builds(self):
        return len((self.folder / "builds").read_text().splitlines())


def url(server):
    return f"http://api.localhost:{server.address[1]}"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_another_server_is_noticed(project, server, make_server):
    other = make_server()
    first = project.deploy(server, server.token).ok()
    owner = server.api("GET", "/v1/me").json()["owner"]
    assert f"as {owner['login']} on {url(server)}" in first.err
    assert project.links() == [{"server": url(server), "function": "linked", "owner_id": owner["id"], "owner": owner["login"]}]
    assert (project.folder / ".faasta/.gitignore").read_text() == "*\n"
    project.deploy(server, server.token).ok()
    before = project.builds()
    project.deploy(other, other.token).fails(10, "F0720", f"linked was deployed as {owner['login']} on {url(server)}", f"on {url(other)}", "--relink")
    assert project.builds() == before and other.api("GET", "/v1/functions/linked").status == 404
    project.deploy(other, other.token, "--relink").ok()
    assert [one["server"] for one in project.links()] == [url(server), url(other)]
    for one in (server, other):                       # both are meant now
        project.deploy(one, one.token).ok()
    assert len(project.links()) == 2


def test_another_owner_is_noticed(project, make_server):
    server = make_server({"github": {"client_id": "x", "client_secret": "y"}})
    ada, bob = Person(server, "ada"), Person(server, "bob")
    project.deploy(server, ada.token).ok()
    project.deploy(server, bob.token).fails(10, "F0720", "as ada on", "as bob on")
    project.deploy(server, bob.token, "--relink").fails(10, "F0207")
    assert [one["owner"] for one in project.links()] == ["ada"], "a deploy that fails links nothing"


def test_each_function_has_its_own_link(project, server, make_server):
    other = make_server()
    project.deploy(server, server.token).ok()
    project.deploy(other, other.token, "--env", "staging").ok()
    assert [(one["function"], one["server"]) for one in project.links()] == [("linked", url(server)), ("linked-staging", url(other))]
    project.deploy(server, server.token, "--env", "staging").fails(10, "F0720")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"links": 7}', '{"links": [7, {}]}'])
def test_a_file_that_cannot_be_read_has_no_links(project, server, text):
    (project.folder / ".faasta").mkdir()
    (project.folder / ".faasta/link.json").write_text(text)
    project.deploy(server, server.token).ok()
    assert project.links()[-1]["server"] == url(server)


def test_nothing_is_written_through_a_symbolic_link(project, server, tmp_path):
    """A project of somebody else must not choose the folder that is written to."""
    (tmp_path / "elsewhere").mkdir()
    (project.folder / ".faasta").symlink_to(tmp_path / "elsewhere")
    project.deploy(server, server.token).ok()
    assert list((tmp_path / "elsewhere").iterdir()) == []
    project.cli.run("dev", "--port", "0", cwd=project.folder).fails(1, "F0711", "symbolic link")


def test_a_component_without_a_project_has_no_link(project, server, make_server):
    other = make_server()
    for one in (server, other):
        project.cli.run("deploy", "--component", project.folder / "given.wasm", "--name", "single", env={"FAASTA_SERVER": url(one), "FAASTA_TOKEN": one.token}).ok()
    assert not (project.cli.home / ".faasta").exists()
