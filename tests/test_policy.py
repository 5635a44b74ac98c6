"""The dependency policy on the machine that builds: the checks of `faasta build` and `faasta deploy`."""
import json
import shutil
import zlib

import pytest

from policy_ways import CRATES, GIT, GOOD, WAYS, Project, git
from support.crates import Crate, Registry
from support.guests import version_guest
from support.policy import POLICY, Ruled

pytestmark = pytest.mark.skipif(not shutil.which("cargo") or not shutil.which("git"), reason="needs cargo and git")


@pytest.fixture(scope="module")
def ruled(tmp_path_factory):
    with Ruled(tmp_path_factory.mktemp("ruled"), POLICY) as server:
        yield server
        assert server.stop() == 0


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    policy = '[dependencies]\nsources = ["crates.io"]\nrequire_embedded_list = true\nbuild_scripts = "deny"\nproc_macros = "deny"\n'
    with Ruled(tmp_path_factory.mktemp("strict"), policy) as server:
        yield server
        assert server.stop() == 0


@pytest.fixture(scope="module")
def registry():
    server = Registry(CRATES)
    yield server
    server.close()


@pytest.fixture
def project(cli, ruled, registry):
    cli.server = ruled
    cli.run("login", "--with-token", stdin=ruled.token).ok()
    return Project(cli, registry)


@pytest.mark.parametrize("name", WAYS)
def test_ways_past_a_name_check(project, name):
    needles = WAYS[name](project)
    shutil.rmtree(project.folder / "target", ignore_errors=True)
    done = project.run("build")
    done.fails(7, "error[F0901]", "fix:", f"refused by the policy of http://api.localhost:{project.cli.server.address[1]}", *needles)
    assert not (project.folder / "target").exists(), "it was built, and so its build scripts ran"
    deployed = project.run("deploy")
    deployed.fails(7, "F0901", *needles)
    assert project.cli.server.call("policy-app").status == 404


# ---- allowed builds, and the embedded list ----

FINE = {
    "registry dependencies": ("[dependencies]\ngood-crate = '1'\nevil-crate = '=2.0.0'", ""),
    "a development dependency": ("[dev-dependencies]\nevil-crate = '1'", ""),
    "an optional dependency that is off": ("[dependencies]\nchooser = '1'\nevil-crate = { version = '1', optional = true }", ""),
    "for another target": ("[dependencies]\nunix-only = '1'", ""),
    "a member by path": ("[dependencies]\nown = { path = 'own' }", "[workspace]\nmembers = ['own']\n"),
    "a folder of the project": ("[dependencies]\nown = { path = 'own' }", ""),
    "another registry": ("[dependencies]\ngood-crate = { version = '1', registry = 'other' }", ""),
}


@pytest.mark.parametrize("name", FINE)
def test_what_the_default_lets_through(project, name):
    body, top = FINE[name]
    Crate("own", "0.1.0").write(project.folder / "own")
    project.depend(body, top)
    built = project.run("build", "--json").ok().json()
    assert built["policy"] == "server" and not {"evil-crate 1.0.0", "evil-crate 1.5.0+safe"} & {f"{one['name']} {one['version']}" for one in built["dependencies"]}, built
    project.run("deploy").ok()
    again = project.run("deploy").ok()
    assert "no change" in again.err, again


def test_build_scripts_and_procedural_macros_are_reported(project):
    project.depend("[dependencies]\ntidy-script = '1'\ntidy-macros = '1'")
    built = project.run("build", "--json").ok().json()
    assert (built["build_scripts"], built["proc_macros"]) == (["tidy-script 1.0.0"], ["tidy-macros 1.0.0"])
    assert {(one["name"], one["source"], one["kind"]) for one in built["dependencies"]} == {
        ("app", "local", "runtime"), ("tidy-script", "crates.io", "runtime"), ("tidy-macros", "crates.io", "build")}
    done = project.run("build").ok()
    assert "with build scripts: tidy-script 1.0.0" in done.err and "procedural macros: tidy-macros 1.0.0" in done.err, done


def sections(component):
    """The `.dep-v0` lists at the end of a component, as JSON."""
    out, at = [], 0
    while (at := component.find(b"\x07.dep-v0", at)) >= 0:
        at += 8
        out.append(json.loads(zlib.decompressobj().decompress(component[at:])))
    return out


def test_the_list_is_in_the_component_once_and_the_same_each_time(project):
    project.depend("[dependencies]\ngood-crate = '1'")
    first = project.run("build", "--json").ok().json()
    bytes_of = (project.folder / "target" / "app.wasm").read_bytes()
    assert sections(bytes_of) == [{"packages": [{"name": "app", "version": "0.1.0", "source": "local", "dependencies": [1], "root": True},
                                                {"name": "good-crate", "version": "1.2.0", "source": "crates.io"}]}]
    assert project.run("build", "--json").ok().json()["sha256"] == first["sha256"]
    shown = project.cli.run("inspect", project.folder / "target" / "app.wasm", "--json").ok().json()
    assert [one["name"] for one in shown["dependencies"]] == ["app", "good-crate"]


def test_without_a_server_the_built_in_policy_judges(project):
    project.depend("[dependencies]\nevil-crate = '=1.0.0'")
    project.cli.server = "http://localhost:1"
    done = project.run("build", "--json").ok()
    assert done.json()["policy"] == "built-in" and "built-in" in done.err, done
    git(project)
    project.run("build").fails(7, "F0901", "refused by the built-in policy", GIT)
    project.run("deploy").fails(9, "F0708")


def test_every_violation_is_told(project):
    GOOD.write(project.base / "beside")
    project.depend("[dependencies]\nwrapper = '1'\ngood-crate = { path = '../beside' }\nevil_crate = '1'")
    done = project.run("build").fails(7)
    assert done.err.count("error[F0901]") == 3, done
    problems = [json.loads(line) for line in project.run("build", "--json").fails(7).err.splitlines() if line.startswith("{")]
    assert len(problems) == 3, problems


def test_what_cargo_compiled_without_naming_it_is_refused(project):
    project.write("more-messages", '{"reason":"compiler-artifact","package_id":"path+file:///somewhere/evil#1.0.0","manifest_path":"/somewhere/evil/Cargo.toml","target":{}}\n')
    project.run("deploy").fails(7, "F0901", "path+file:///somewhere/evil#1.0.0")


def test_a_lock_that_does_not_fit_is_an_error_of_the_build(project):
    project.depend("[dependencies]\ngood-crate = '1'")
    project.command += " --locked"
    project.run("build").fails(5, "F0904", "--locked")


def test_a_lock_without_checksums_is_cargos_to_refuse(project):
    project.depend("[dependencies]\ngood-crate = '1'")
    project.run("build").ok()
    lock = project.folder / "Cargo.lock"
    lock.write_text("".join(line for line in lock.read_text().splitlines(True) if not line.startswith("checksum")))
    project.command += " --locked"
    project.run("build").fails(5, "F0904", "--locked")


def test_a_build_by_another_command_is_for_the_server_to_judge(project, strict):
    (project.folder / "function.wasm").write_bytes(version_guest(3))
    (project.folder / "faasta.toml").write_text('name = "by-make"\n[build]\ncommand = "true && true"\nartifact = "function.wasm"\n')
    done = project.cli.run("deploy", cwd=project.folder, env=project.env).ok()
    assert "dependencies of this build are not known" in done.err, done
    project.cli.server = strict
    project.cli.run("deploy", "--relink", cwd=project.folder, env=project.env | {"FAASTA_TOKEN": strict.token}).fails(7, "F0902")


def test_a_stricter_policy(project, strict):
    project.cli.server = strict
    project.env["FAASTA_TOKEN"] = strict.token
    project.depend("[dependencies]\ngood-crate = { version = '1', registry = 'other' }\ntidy-script = '1'\ntidy-macros = '1'")
    done = project.run("deploy").fails(7, "its registry is not one", "it has a build script", "it is a procedural macro")
    assert done.err.count("error[F0901]") == 3, done
    project.depend("[dependencies]\ngood-crate = '1'")
    project.run("deploy").ok()
