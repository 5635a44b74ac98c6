"""The values of faasta.toml and of options are checked before anything is built. An error has the place of the
value."""
import pytest

from support.github import ADA, sign_in
from support.guests import version_guest


@pytest.fixture
def project(cli):
    """A folder whose build command leaves a file as a trace. `write` writes its faasta.toml."""
    folder = cli.home / "project"
    folder.mkdir()
    (folder / "function.wasm").write_bytes(version_guest(1))
    cli.folder = folder

    def write(more, name="values"):
        (folder / "faasta.toml").write_text(f'name = "{name}"\n[build]\ncommand = "touch built"\nartifact = "function.wasm"\n{more}\n')
        (folder / "built").unlink(missing_ok=True)
        return cli

    cli.write, cli.was_built = write, (folder / "built").exists
    return cli


def sign_in_to(cli, server):
    cli.server = server
    cli.run("login", "--with-token", stdin=server.token).ok()


WRONG = [
    ("[limits]\ncpu_ms = 500", "faasta.toml:6:10: `limits.cpu_ms` is 500; the server allows 50 at most"),
    ("[limits]\ncpu_ms = 1\ntimeout_ms = 30001", "faasta.toml:7:14: `limits.timeout_ms` is 30001; the server allows 30000 at most"),
    ("[limits]\nmemory_mb = 129", "faasta.toml:6:13: `limits.memory_mb` is 129; the server allows 128 at most"),
    ("[limits]\ncpu_ms = 0", "faasta.toml:6:10: `limits.cpu_ms` must be a whole number, 1 or more"),
    ('[allow]\noutbound = ["https://*.example.com"]', "faasta.toml:6:13: `allow.outbound`: 'https://*.example.com' is not an origin: there are no wildcards"),
    ('[allow]\noutbound = ["https://api.example.com/v1/x"]', "write \"https://api.example.com\""),
    ('[allow]\noutbound = [\n"https://good.example",\n"https://api.example.com:99999"]', "faasta.toml:8:1: `allow.outbound`: 'https://api.example.com:99999' is not an origin: '99999' is not a port"),
    ('[allow]\noutbound = ["api.example.com"]', "does not begin with https:// or http://"),
    ("[allow]\noutbound = [" + ", ".join(f'"https://a{number}.example"' for number in range(65)) + "]", "`allow.outbound` has 65 origins; 64 are allowed"),
]


@pytest.mark.parametrize("command", ["deploy", "build"])
@pytest.mark.parametrize("more, said", WRONG)
def test_wrong_values_are_found_before_the_build(project, server, command, more, said):
    sign_in_to(project, server)
    project.write(more).run(command, cwd=project.folder).fails(1, "F0703", said, "Correct the line named above")
    assert not project.was_built()


def test_the_ceilings_are_those_of_the_server(project, make_server):
    sign_in_to(project, make_server({"limits": {"cpu_ms": 500, "memory_mb": 64}}))
    for command in ("build", "deploy"):
        project.write("[limits]\ncpu_ms = 500\nmemory_mb = 64").run(command, cwd=project.folder).ok()
        assert project.was_built()
        project.write("[limits]\ncpu_ms = 500\nmemory_mb = 65").run(command, cwd=project.folder).fails(1, "F0703", "faasta.toml:7:13", "the server allows 64 at most")
        assert not project.was_built()


def test_without_a_server_the_defaults_are_told_and_the_build_goes_on(project):
    project.server = "http://localhost:1"
    built = project.write("[limits]\ncpu_ms = 500").run("build", cwd=project.folder).ok()
    assert "warning: faasta.toml:6:10: `limits.cpu_ms` is 500; a server that is not configured otherwise allows 50 at most" in built.err, built
    project.write("[limits]\ncpu_ms = 500").run("run", "--port", "0", cwd=project.folder).fails(1, "F0703", "faasta.toml:6:10")
    assert not project.was_built()


def test_who_is_not_signed_in_learns_it_before_the_build(project, server):
    project.server = server
    done = project.write("").run("deploy", cwd=project.folder).fails(3, "F0203", f"there is no token for http://api.localhost:{server.address[1]}",
                                                                      f"faasta login --with-token < {server.data}/owner.token")
    assert not project.was_built(), done


def test_a_token_that_is_wrong_is_told_with_its_place(cli, server):
    cli.server = server
    cli.run("list", env={"FAASTA_TOKEN": "faa_wrong"}).fails(3, "F0203", "the one of FAASTA_TOKEN or --token", "Set FAASTA_TOKEN or `--token` to a token that is valid")
    cli.run("logs", "hello", env={"FAASTA_TOKEN": "faa_wrong"}).fails(3, "F0203", "FAASTA_TOKEN")
    cli.run("deploy", "--component", "x.wasm", "--name", "hello", env={"FAASTA_TOKEN": "faa_wrong"}).fails(3, "F0203", "FAASTA_TOKEN")


def test_a_reserved_name_is_found_before_the_build_where_strangers_are(project, make_server, github):
    server = make_server(github.config())
    github.register(server)
    project.server = server
    token = sign_in(server, github, ADA)
    project.write("", name="blog").run("deploy", cwd=project.folder, env={"FAASTA_TOKEN": token}).fails(7, "F0202", "'blog' is kept for the platform")
    assert not project.was_built()


def test_a_failed_first_deploy_speaks_of_no_old_version(signed_in, server):
    from support.guests import guest_file
    deploy = ("deploy", "--component", guest_file("spin"), "--name", "never")
    first = signed_in.run(*deploy).fails(8, "F0425", "does not go live")
    assert "goes on serving" not in first.err, first
    server.deploy("never", "hello-wat", verify=False)
    signed_in.run(*deploy, "--allow-new").fails(8, "F0425", "version 1 goes on serving")
