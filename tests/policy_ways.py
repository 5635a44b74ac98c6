"""Ways to hide a forbidden dependency from a check of names: the rows of tests/test_policy.py, and the project that
they change."""
import json

from support.crates import Crate, git_repository, index_files, local_registry, manifest, need, vendored
from support.guests import guest_file

EVIL = Crate("evil-crate", "1.0.0")
GOOD = Crate("good-crate", "1.2.0")
CRATES = [
    GOOD, EVIL, Crate("evil-crate", "1.5.0+safe"), Crate("evil-crate", "2.0.0-alpha.1"), Crate("evil-crate", "2.0.0"), Crate("evil_crate", "1.0.0"),
    Crate("wrapper", "1.0.0", "[dependencies]\nevil-crate = '1'", [need("evil-crate")]),
    Crate("chooser", "1.0.0", "[dependencies]\nevil-crate = { version = '1', optional = true }\n[features]\nextra = ['evil-crate']",
          [need("evil-crate", optional=True)], {"extra": ["evil-crate"]}),
    Crate("scripted", "1.0.0", "[build-dependencies]\nevil-crate = '1'", [need("evil-crate", kind="build")], files={"build.rs": "fn main() {}"}),
    Crate("hosted", "1.0.0", "[target.'cfg(unix)'.build-dependencies]\nevil-crate = '1'", [need("evil-crate", kind="build", target="cfg(unix)")], files={"build.rs": "fn main() {}"}),
    Crate("macros", "1.0.0", "[lib]\nproc-macro = true\n[dependencies]\nevil-crate = '1'", [need("evil-crate")]),
    Crate("tidy-macros", "1.0.0", "[lib]\nproc-macro = true"),
    Crate("tidy-script", "1.0.0", files={"build.rs": "fn main() {}"}),
    Crate("unix-only", "1.0.0", "[target.'cfg(unix)'.dependencies]\nevil-crate = '1'", [need("evil-crate", target="cfg(unix)")]),
]


class Project:
    """A cargo project with its own cargo home, in which a mirror replaces crates.io. `cargo build` only copies a
    component; all other commands are cargo's own."""

    # With multiplexing, cargo's second request waits until it is known whether the first connection supports HTTP/2.
    # The mirror uses HTTP/1.0 and closes that connection. Once, cargo then waited for its whole timeout of 30 seconds.
    PATIENT = {"CARGO_HTTP_MULTIPLEXING": "false", "CARGO_NET_RETRY": "3"}

    def __init__(self, cli, registry):
        self.cli, self.registry, self.base = cli, registry, cli.home / "code"
        self.folder, self.cargo_home, self.command = self.base / "app", self.base / "cargo-home", "cargo build --target wasm32-wasip2"
        self.write("cargo-home/config.toml", f'[source.crates-io]\nreplace-with = "mirror"\n[source.mirror]\nregistry = "sparse+{registry.url}/"\n'
                                             f'[registries.other]\nindex = "sparse+{registry.url}/"\n')
        self.write("app/src/main.rs", "fn main() {}")
        self.depend("")
        self.write("fake-cargo", f'''#!/bin/sh
[ "$1" = build ] || exec cargo "$@"
mkdir -p {self.folder}/target && cp {guest_file("version")} {self.folder}/target/app.wasm
[ ! -e {self.base}/more-messages ] || cat {self.base}/more-messages
echo '{{"reason":"compiler-artifact","manifest_path":"{self.folder}/Cargo.toml","target":{{"kind":["bin"],"name":"app"}},"executable":"{self.folder}/target/app.wasm"}}'
''').chmod(0o755)
        self.env = {"CARGO_HOME": str(self.cargo_home), "CARGO": str(self.base / "fake-cargo"), **self.PATIENT}

    def write(self, path, text):
        file = self.base / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def depend(self, body, top=""):
        self.write("app/Cargo.toml", manifest("app", "0.1.0", body) + top)

    def configure(self, text, path="app/.cargo/config.toml"):
        self.write(path, text)

    def run(self, *arguments):
        command = json.dumps(self.command)
        (self.folder / "faasta.toml").write_text(f'name = "policy-app"\n[build]\ncommand = {command}\n')
        return self.cli.run(*arguments, cwd=self.folder, env=self.env)


# ---- ways past a name check: each writes a project, and returns the text that the error must contain ----

DENIED = "the policy denies Evil_Crate <2: RUSTSEC-0000-0000"
OUTSIDE, VENDORED, LOCAL, GIT = "stands in for a package of a registry", "which nothing checks", "a registry on this machine", "from a git repository"
WAYS = {}


def way(function):
    WAYS[function.__name__] = function
    return function


@way
def plain(p):
    p.depend("[dependencies]\nevil-crate = '1'")
    return "evil-crate 1.5.0+safe (crates.io)", DENIED


@way
def renamed(p):
    p.depend("[dependencies]\nharmless = { package = 'evil-crate', version = '=1.0.0' }")
    return "evil-crate 1.0.0 (crates.io), called `harmless` by app", DENIED


@way
def underscore_for_hyphen(p):
    p.depend("[dependencies]\nevil_crate = '1'")
    return "evil_crate 1.0.0", DENIED


@way
def transitive(p):
    p.depend("[dependencies]\nwrapper = '1'")
    return DENIED, "by app 0.1.0 -> wrapper 1.0.0 -> evil-crate 1.5.0"


@way
def two_versions_of_which_one_is_denied(p):
    p.depend("[dependencies]\nevil-crate = '2'\nolder = { package = 'evil-crate', version = '=1.0.0' }")
    return "evil-crate 1.0.0", DENIED


@way
def pre_release_of_the_first_good_version(p):
    p.depend("[dependencies]\nevil-crate = '=2.0.0-alpha.1'")
    return "evil-crate 2.0.0-alpha.1", DENIED


@way
def build_metadata(p):
    p.depend("[dependencies]\nevil-crate = '=1.5.0'")
    return "evil-crate 1.5.0+safe", DENIED


@way
def optional_feature_of_a_dependency(p):
    p.depend("[dependencies]\nchooser = { version = '1', features = ['extra'] }")
    return DENIED, "-> chooser 1.0.0 ->"


@way
def feature_on_the_command_line(p):
    p.depend("[dependencies]\nevil-crate = { version = '1', optional = true }\n[features]\nmore = ['dep:evil-crate']")
    p.command += " -F more"
    return (DENIED,)


@way
def only_for_webassembly(p):
    p.depend("[target.'cfg(target_family = \"wasm\")'.dependencies]\nevil-crate = '1'")
    return (DENIED,)


@way
def build_dependency(p):
    p.depend("[dependencies]\nscripted = '1'")
    return DENIED, "-> scripted 1.0.0 ->"


@way
def build_dependency_of_this_machine_alone(p):
    p.depend("[dependencies]\nhosted = '1'")
    return DENIED, "-> hosted 1.0.0 ->"


@way
def within_a_procedural_macro(p):
    p.depend("[dependencies]\nmacros = '1'")
    return DENIED, "-> macros 1.0.0 ->"


@way
def git(p):
    url = git_repository(GOOD.write(p.base / "repo"))
    p.depend(f"[dependencies]\ngood-crate = {{ git = '{url}' }}")
    return GIT, "good-crate 1.2.0 (git+file://"


@way
def path_outside_of_the_workspace(p):
    GOOD.write(p.base / "beside")
    p.depend("[dependencies]\ngood-crate = { path = '../beside' }")
    return OUTSIDE, "good-crate 1.2.0 (path)"


@way
def link_within_the_workspace(p):
    GOOD.write(p.base / "beside")
    (p.folder / "inside").symlink_to(p.base / "beside")
    p.depend("[dependencies]\ngood-crate = { path = 'inside' }")
    return OUTSIDE, "good-crate 1.2.0 (path)"


@way
def copy_in_the_workspace(p):
    EVIL.write(p.folder / "own")
    p.depend("[dependencies]\nevil-crate = { path = 'own' }")
    return DENIED, "evil-crate 1.0.0 (local)"


@way
def patch_by_path(p):
    GOOD.write(p.folder / "fork")
    p.depend("[dependencies]\ngood-crate = '1'", "[patch.crates-io]\ngood-crate = { path = 'fork' }\n")
    return OUTSIDE, "in place of the package that is asked for"


@way
def patch_by_git(p):
    url = git_repository(GOOD.write(p.base / "repo"))
    p.depend("[dependencies]\ngood-crate = '1'", f"[patch.crates-io]\ngood-crate = {{ git = '{url}' }}\n")
    return GIT, "in place of the package that is asked for"


@way
def patch_in_the_configuration(p):
    GOOD.write(p.base / "fork")
    p.depend("[dependencies]\ngood-crate = '1'")
    p.configure(f"[patch.crates-io]\ngood-crate = {{ path = '{p.base}/fork' }}\n")
    return (OUTSIDE,)


@way
def patch_in_the_configuration_of_a_parent_folder(p):
    GOOD.write(p.base / "fork")
    p.depend("[dependencies]\ngood-crate = '1'")
    p.configure(f"[patch.crates-io]\ngood-crate = {{ path = '{p.base}/fork' }}\n", ".cargo/config.toml")
    return (OUTSIDE,)


@way
def patch_on_the_command_line(p):
    GOOD.write(p.base / "fork")
    p.depend("[dependencies]\ngood-crate = '1'")
    p.command += f""" --config 'patch.crates-io.good-crate.path="{p.base}/fork"'"""
    return (OUTSIDE,)


@way
def configuration_file_on_the_command_line(p):
    GOOD.write(p.base / "fork")
    p.depend("[dependencies]\ngood-crate = '1'")
    p.write("app/more.toml", f"[patch.crates-io]\ngood-crate = {{ path = '{p.base}/fork' }}\n")
    p.command += " --config=more.toml"
    return (OUTSIDE,)


@way
def paths_override(p):
    GOOD.write(p.base / "fork")
    p.depend("[dependencies]\ngood-crate = '1'")
    p.configure(f"paths = ['{p.base}/fork']\n")
    return (OUTSIDE,)


@way
def replace(p):
    GOOD.write(p.folder / "fork")
    p.depend("[dependencies]\ngood-crate = '1'", "[replace]\n'good-crate:1.2.0' = { path = 'fork' }\n")
    return (OUTSIDE,)


@way
def workspace_inheritance(p):
    p.depend("[dependencies]\nharmless.workspace = true", "[workspace]\n[workspace.dependencies]\nharmless = { package = 'evil-crate', version = '1' }\n")
    return DENIED, "called `harmless` by app"


@way
def another_member_of_the_workspace(p):
    p.depend("", "[workspace]\nmembers = ['second']\n")
    p.write("app/second/Cargo.toml", manifest("second", "0.1.0", "[dependencies]\nevil-crate = '1'"))
    p.write("app/second/src/main.rs", "fn main() {}")
    p.command += " -p second"
    return DENIED, "by second 0.1.0 ->"


@way
def default_members_of_the_workspace(p):
    another_member_of_the_workspace(p)
    p.depend("", "[workspace]\nmembers = ['second']\ndefault-members = ['.', 'second']\n")
    p.command = "cargo build"
    return DENIED, "by second 0.1.0 ->"


@way
def whole_workspace(p):
    another_member_of_the_workspace(p)
    p.command = "cargo build --workspace"
    return DENIED, "by second 0.1.0 ->"


@way
def workspace_without_a_package(p):
    p.write("app/Cargo.toml", "[workspace]\nmembers = ['second']\nresolver = '2'\n")
    p.write("app/second/Cargo.toml", manifest("second", "0.1.0", "[dependencies]\nevil-crate = '1'"))
    p.write("app/second/src/main.rs", "fn main() {}")
    return DENIED, "by second 0.1.0 ->"


@way
def manifest_path(p):
    p.write("elsewhere/Cargo.toml", manifest("elsewhere", "0.1.0", "[dependencies]\nevil-crate = '1'"))
    p.write("elsewhere/src/main.rs", "fn main() {}")
    p.command += " --manifest-path ../elsewhere/Cargo.toml"
    return DENIED, "by elsewhere 0.1.0 ->"


@way
def vendored_folder(p):
    vendored(p.base / "vendor", [GOOD])
    p.depend("[dependencies]\ngood-crate = '1'")
    p.configure(f"[source.crates-io]\nreplace-with = 'here'\n[source.here]\ndirectory = '{p.base}/vendor'\n")
    return VENDORED, "good-crate 1.2.0 (vendored)"


@way
def vendored_folder_by_the_cargo_home_of_the_environment(p):
    vendored(p.base / "vendor", [GOOD])
    p.depend("[dependencies]\ngood-crate = '1'")
    p.write("other-home/config.toml", f"[source.crates-io]\nreplace-with = 'here'\n[source.here]\ndirectory = '{p.base}/vendor'\n")
    p.env["CARGO_HOME"] = str(p.base / "other-home")
    return (VENDORED,)


@way
def vendored_folder_within_cargos_own(p):
    vendored(p.cargo_home / "registry" / "src" / "index.crates.io-1949cf8c6b5b557f", [GOOD])
    p.depend("[dependencies]\ngood-crate = '1'")
    p.configure(f"[source.crates-io]\nreplace-with = 'here'\n[source.here]\ndirectory = '{p.cargo_home}/registry/src/index.crates.io-1949cf8c6b5b557f'\n")
    return (VENDORED,)


@way
def local_registry_in_place_of_crates_io(p):
    local_registry(p.base / "local", [GOOD])
    p.depend("[dependencies]\ngood-crate = '1'")
    p.configure(f"[source.crates-io]\nreplace-with = 'here'\n[source.here]\nlocal-registry = '{p.base}/local'\n")
    return LOCAL, "good-crate 1.2.0 (local-registry)"


@way
def registry_in_a_git_repository_of_this_machine(p):
    (p.base / "index").mkdir()
    url = git_repository(p.base / "index", {**index_files([GOOD]), "config.json": json.dumps({"dl": f"{p.registry.url}/dl/{{crate}}/{{version}}"})})
    p.depend("[dependencies]\ngood-crate = { version = '1', registry = 'mine' }")
    p.env["CARGO_REGISTRIES_MINE_INDEX"] = url
    return (LOCAL,)
