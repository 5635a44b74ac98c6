"""`faasta doctor` finds what would keep a person from building and deploying, and says how to mend it."""
import pytest


@pytest.fixture
def project(cli):
    folder = cli.home / "project"
    folder.mkdir()
    (folder / "faasta.toml").write_text('name = "hello"\n[build]\nlanguage = "js"\n')
    return folder


def findings(ran, about):
    return {one["says"]: one for one in ran.json()["findings"] if one["about"] == about}


def levels(ran):
    return [one["level"] for one in ran.json()["findings"]]


def test_all_is_well(cli, server):
    cli.server = server
    cli.run("login", "--with-token", stdin=server.token).ok()
    ran = cli.run("doctor", "--json").ok()
    assert ran.json()["ok"] and "fault" not in levels(ran)
    said = findings(ran, "server")
    assert any("answers; its version is" in one for one in said) and any("signed in as" in one for one in said)
    assert "the clock agrees with the server's" in findings(ran, "machine")
    shown = cli.run("doctor").ok()
    assert all(line.split()[1] in ("ok", "warning") for line in shown.out.splitlines()), shown


def test_no_token(cli, server):
    cli.server = server
    ran = cli.run("doctor", "--json")
    assert ran.exit == 1 and findings(ran, "server")["you are not signed in"]["fix"] == "faasta login"


def test_a_token_that_is_not_valid(cli, server):
    cli.server = server
    ran = cli.run("doctor", "--json", env={"FAASTA_TOKEN": "faa_" + "x" * 50})
    assert ran.exit == 1 and any(one.startswith("F02") for one in findings(ran, "server")), ran


def test_no_server(cli):
    ran = cli.run("doctor", "--json", "--server", "http://127.0.0.1:1")
    assert ran.exit == 1 and any(one.startswith("F0708") for one in findings(ran, "server")), ran


def test_a_wrong_project(cli, server, project):
    (project / "faasta.toml").write_text('name = "hello"\nnmae = 1\n')
    cli.server = server
    ran = cli.run("doctor", "--json", cwd=project)
    (fault,) = findings(ran, "project").values()
    assert ran.exit == 1 and fault["level"] == "fault" and "faasta.toml:2" in fault["says"], fault


def test_a_tool_that_is_missing(cli, server, project):
    cli.server = server
    ran = cli.run("doctor", "--json", cwd=project, env={"PATH": "/nowhere", "FAASTA_GUEST_TOOLS": "/nowhere"})
    fault = findings(ran, "project")["componentize-js is not installed"]
    assert ran.exit == 1 and fault["fix"].startswith("npm install "), fault


def test_functions_without_dns(cli):
    """The name of a server that is not on this machine: its functions have no address."""
    ran = cli.run("doctor", "--json", "--server", "https://api.faasta-doctor.invalid")
    assert ran.exit == 1 and any(one["level"] == "fault" for one in findings(ran, "server").values()), ran


def test_sources_that_are_missing(cli, server, project):
    cli.server = server
    said = findings(cli.run("doctor", "--json", cwd=project), "project")
    assert said["src/index.js is not here"]["level"] == "fault" and "wit is not here" in said, said
