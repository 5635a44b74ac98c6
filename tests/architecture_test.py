"""Checks that dependencies in src/ go one way only, that only certain files include foreign headers, and that files are
not too long."""
import pathlib
import re

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "src"

# Each folder, and the other folders that it may include.
MAY_USE = {
    "base": set(),
    "engine": {"base"},
    "http": {"base"},
    "tls": {"base", "http"},
    "certificates": {"base", "tls"},
    "supervisor": set(),                       # a small separate program: it uses only the standard library
    "store": {"base"},
    "curl": {"base"},
    "domains": {"base", "certificates", "curl", "store"},
    "identity": {"base", "curl", "store"},
    "secrets": {"base", "store"},
    "component": {"base"},
    "policy": {"base"},
    "compile": {"base", "engine", "store", "component", "policy"},
    "deploy": {"base", "http", "store", "secrets", "compile", "policy"},
    "metrics": {"base", "store"},
    "release": {"base", "store", "metrics"},
    "otlp": {"base", "curl", "metrics"},
    "gateway": {"base", "engine", "http", "store", "secrets", "metrics", "otlp"},
    "schedule": {"base", "http", "store", "gateway"},
    "api": {"base", "http", "store", "secrets", "domains", "identity", "deploy", "release", "schedule", "metrics", "policy"},
    "pages": {"base", "http", "store", "identity", "metrics", "api"},
    "admin": {"base", "store", "secrets", "policy"},
    "backup": {"base", "store"},
    "attack": {"base", "store", "identity", "admin"},
    "server": {"base", "engine", "http", "tls", "certificates", "domains", "store", "secrets", "identity", "compile", "metrics", "gateway", "deploy", "release", "schedule", "otlp", "api", "pages", "admin", "attack", "backup", "policy"},
    "cli": {"base", "component", "curl", "policy"},
}

# (A, B): folder A may include only these headers of folder B.
ONLY = {
    ("deploy", "http"): {"http/task.hpp"},     # coroutines and pools; deploys do not use HTTP requests
}

# A foreign header, and the only files that may include it.
DOORS = {
    r"engine\.h": r"engine/.*",
    r"certificates\.h": r"certificates/authority\.cpp",
    r"sqlite3\.h": r"store/sqlite\.cpp",
    r"store/sqlite\.hpp": r"store/(sqlite|migrations|connections|log_store|count_store|snapshot)\.(cpp|hpp)|store/[^/]*_test\.cpp",
    r"store/sql\.hpp": r"store/[^/]*",
    r"openssl/.*": r"base/sha256\.cpp|tls/.*|secrets/[^/]*\.cpp|identity/web_key\.cpp",
    r"nghttp2/.*": r"http/http2/session\.hpp",
    r"boost/asio.*": r"http/task\.hpp|base/asio_impl\.cpp",
    r"boost/intrusive.*": r"http/(stoppable|deadlines)\.hpp",
    r"boost/beast.*": r"(?!)",                   # no file: decision 2
    r"libpsl\.h": r"domains/public_suffix\.cpp",
    r"unicode/.*": r"domains/unicode\.cpp",
    r"curl/curl\.h": r"curl/curl\.hpp",
    r"zlib\.h": r"policy/dependency_list(_test)?\.cpp",
    r"CLI/.*": r"cli/.*|server/(config|certificates_command)\.cpp|admin/admin\.cpp|attack/attack\.cpp|backup/command\.cpp",
    r"toml\+\+/.*": r"base/toml\.hpp",
}

# The layers of the store, from the highest to the lowest. A file may include files of lower layers, and its own header.
STORE_FLOORS = [
    {"artifacts"},
    {"catalog", "releases", "rollouts", "cron_runs", "accounts", "trusts", "domains", "secrets", "audit_log", "log_store", "count_store", "live_components", "snapshot"},
    {"connections", "count_lock", "log_share", "shared_use", "own_function"},
    {"migrations", "actor_check", "readers", "catalog_rules", "account_rules", "secret_rules", "trust_rules"},
    {"catalog_rows", "alias_rows", "asset_rows", "trust_rows", "rollout_rows", "cron_rows", "account_rows", "domain_rows", "secret_rows", "audit_rows", "route_rows", "log_rows"},
    {"columns", "sqlite", "settings_json", "audit_chain", "catalog_place", "domain_rules", "schema_steps"},
    {"sql", "catalog_records", "rollout_records", "cron_records", "account_records", "domain_records", "trust_records", "secret_records", "quota"},
]
# These files decide whether a change is allowed. They must not use a database.
RULES = {"catalog_rules", "account_rules", "domain_rules", "secret_rules", "trust_rules", "audit_chain", "log_share", "quota"}
# The SQL in these files must be valid in other databases too, except for tables of SQLite and `?1`.
NO_DIALECT = {"catalog_rows", "alias_rows", "asset_rows", "trust_rows", "rollout_rows", "cron_rows", "account_rows", "domain_rows", "secret_rows", "audit_rows", "route_rows"}
DIALECT = r"PRAGMA|OR (IGNORE|REPLACE|ABORT)|ROWID|sqlite_|LIMIT -1|unixepoch|strftime|last_insert|GLOB|zeroblob|ifnull|\bmax\([^()]*,|\bmin\([^()]*,"

# The folders of src/cli, from the highest to the lowest.
CLI_ROOMS = ["commands", "project", "client", "process", "terminal"]

LONGEST, LONGEST_TEST = 400, 600
REASON = "Over 400 lines because"


def is_test(path):
    return path.name.endswith("_test.cpp") or path.is_relative_to(REPOSITORY / "tests")


def sources():
    return sorted(path for path in SOURCE.rglob("*") if path.suffix in (".cpp", ".hpp", ".h"))


def includes(path):
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', path.read_text(), re.MULTILINE)


def name(path):
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("folder", sorted(path.name for path in SOURCE.iterdir() if path.is_dir()))
def test_dependencies_point_one_way(folder):
    assert folder in MAY_USE, f"src/{folder} is new: say in tests/architecture_test.py what it may use"
    wrong = []
    for path in sorted((SOURCE / folder).rglob("*.[ch]pp")):
        for include in includes(path):
            other = include.split("/")[0]
            allowed = other in MAY_USE[folder] and include in ONLY.get((folder, other), {include})
            if "/" in include and other in MAY_USE and other != folder and not allowed:
                wrong.append(f"{name(path)} includes {include}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", CLI_ROOMS)
def test_rooms_of_the_cli_use_those_below(room):
    below = CLI_ROOMS[CLI_ROOMS.index(room):]
    wrong = [f"{name(path)} includes {include}" for path in sorted((SOURCE / "cli" / room).glob("*.[ch]pp")) for include in includes(path)
             if include.startswith("cli/") and include.split("/")[1] not in below]
    assert not wrong, "\n".join(wrong)


def test_the_cli_is_in_its_rooms():
    assert {path.name for path in (SOURCE / "cli").iterdir()} == {*CLI_ROOMS, "main.cpp", "CMakeLists.txt"}


def store_files(*stems):
    return [path for path in sorted((SOURCE / "store").glob("*.[ch]pp")) if not is_test(path) and (not stems or path.stem in stems)]


def test_the_store_has_floors():
    floor = {stem: number for number, stems in enumerate(STORE_FLOORS) for stem in stems}
    assert {path.stem for path in store_files()} == set(floor)
    used = [(path, include.split("/")[1].removesuffix(".hpp")) for path in store_files() for include in includes(path) if include.startswith("store/")]
    wrong = [f"{name(path)} includes store/{other}.hpp" for path, other in used if other != path.stem and floor[other] <= floor[path.stem]]
    assert not wrong, "\n".join(wrong)


def test_rules_see_no_database():
    wrong = [f"{name(path)} includes {include}" for path in store_files(*RULES) for include in includes(path) if re.search(r"sql|_rows|connections|columns", include)]
    assert not wrong, "\n".join(wrong)
    assert [path for path in store_files(*RULES) if "system_now" in path.read_text()] == []


def test_rows_of_the_catalog_are_of_no_dialect():
    wrong = [f"{name(path)}: {found[0]}" for path in store_files(*NO_DIALECT) for found in re.finditer(DIALECT, path.read_text())]
    assert not wrong, "\n".join(wrong)


def test_the_table_is_one_way():
    def reach(folder, path=()):
        assert folder not in path, f"a circle: {' -> '.join((*path, folder))}"
        for other in MAY_USE[folder]:
            reach(other, (*path, folder))
    for folder in MAY_USE:
        reach(folder)
    assert "api" not in MAY_USE["gateway"] and "gateway" not in MAY_USE["api"]


def modules_used(folder, module):
    """The other modules that a Rust module uses, in all its files except tests."""
    used = set()
    for path in [folder / f"{module}.rs", *(folder / module).rglob("*.rs")]:
        if not path.exists() or "tests" in path.relative_to(folder).with_suffix("").parts:
            continue
        text = re.split(r"#\[cfg\((?:all\()?test", re.sub(r"//.*", "", path.read_text()))[0]
        for group, single in re.findall(r"\bcrate::(?:\{([^}]*)\}|(\w+))", text):
            used |= {one.strip().split("::")[0] for one in group.split(",")} if group else {single}
    return used - {module, ""}


def circles(uses):
    """Groups of modules in which each module uses each other module, directly or indirectly."""
    def reach(start):
        found, todo = set(), [start]
        while todo:
            for other in uses.get(todo.pop(), ()):
                if other not in found:
                    found.add(other)
                    todo.append(other)
        return found
    reached = {one: reach(one) for one in uses}
    return {frozenset(other for other in uses if other in reached[one] and one in reached[other]) for one in uses if one in reached[one]}


def test_modules_of_the_engine_make_no_circle():
    folder = REPOSITORY / "engine" / "src"
    modules = re.findall(r"^mod (\w+);", (folder / "lib.rs").read_text(), re.MULTILINE)
    assert len(modules) > 20
    assert circles({module: modules_used(folder, module) for module in modules}) == set()


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == {frozenset({"b", "c"})}
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == set()


@pytest.mark.parametrize("header", DOORS)
def test_foreign_headers_stay_behind_their_doors(header):
    wrong = []
    for path in sources():
        inside = path.relative_to(SOURCE).as_posix()
        for include in includes(path):
            doors = [door for pattern, door in DOORS.items() if re.fullmatch(pattern, include)]
            if re.fullmatch(header, include) and not any(re.fullmatch(door, inside) for door in doors):
                wrong.append(f"{name(path)} includes <{include}>")
    assert not wrong, "\n".join(wrong)


def files_of_ours():
    for folder, patterns in {"src": ["*.cpp", "*.hpp", "*.h"], "engine": ["*.rs", "*.h"], "cmake": ["*.cmake"], "tests": ["*.py", "*.hpp"], "bench": ["*", "*.py"],
                             "guests": ["*.rs", "*.c", "*.go", "*.js", "*.py", "*.wat", "build", "check", "tools"], "componentize": ["*.rs"], "packaging": ["*.rs", "assemble", "check", "check-crate", "clean-debian", "package"], "templates": ["*.rs", "*.go", "*.js", "*.ts", "*.py", "*.cpp", "*.hpp", "http.c", "http.h", "run"], "examples": ["*.rs"], ".": ["dev", "CMakeLists.txt"]}.items():
        for pattern in patterns:
            found = (REPOSITORY / folder).glob(pattern) if folder == "." else (REPOSITORY / folder).rglob(pattern)
            for path in found:
                inside = path.relative_to(REPOSITORY).parts
                if path.is_file() and not {"target", "__pycache__", "results", "build"} & set(inside[:-1]):
                    yield path


def test_files_are_short():
    long = []
    for path in sorted(set(files_of_ours())):
        lines = path.read_text(errors="replace").splitlines()
        most = LONGEST_TEST if is_test(path) else LONGEST
        if len(lines) > most and not any(REASON in line for line in lines[:10]):
            long.append(f"{name(path)}: {len(lines)} lines, {most} are enough (or say in its first lines: {REASON} ...)")
    assert not long, "\n".join(long)


def test_no_path_or_host_of_one_machine():
    """A clone must work on any machine: no file has a path of one home folder, or the host of one registry."""
    wrong = []
    for path in sorted(set(files_of_ours())):
        if path.name == pathlib.Path(__file__).name:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if re.search(r"(^|[\s\"'=:(])/(home|root|work|Users)/\w", line):
                wrong.append(f"{name(path)}:{number}: {line.strip()[:100]}")
    assert not wrong, "\n".join(wrong)


def words(camel):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", camel).upper()


@pytest.mark.parametrize("c_name, file, rust_name", [("fe_kind", "error.rs", "Kind"), ("fe_file_kind", "seal.rs", "FileKind"), ("fe_poll", "ffi/call.rs", "FePoll"), ("fe_stream", "output.rs", "Stream")])
def test_numbers_are_the_same_on_both_sides(c_name, file, rust_name):
    """Each enumerator of engine.h has the same number as its variant in Rust."""
    header = re.sub(r"/\*.*?\*/", "", (REPOSITORY / "engine/engine.h").read_text(), flags=re.DOTALL)
    rust = re.sub(r"//.*", "", (REPOSITORY / "engine/src" / file).read_text())
    in_c = re.findall(r"FE_(\w+) = (\d+)", re.search(r"typedef enum %s \{(.*?)\}" % c_name, header, re.DOTALL)[1])
    in_rust = re.findall(r"(\w+) = (\d+)", re.search(r"enum %s \{(.*?)\n\}" % rust_name, rust, re.DOTALL)[1])
    assert {name: int(number) for name, number in in_c} == {words(name): int(number) for name, number in in_rust}
    assert [int(number) for _, number in in_c] == sorted(int(number) for _, number in in_c), "in order"


def test_a_405_is_made_where_its_allow_field_is():
    """Only http::MethodNotAllowed, which has the allowed methods, uses the code of this error."""
    named = {name(path) for path in sources() if not is_test(path) and "Code::method_not_allowed" in path.read_text()}
    assert named == {"src/http/problem.cpp"}


@pytest.mark.parametrize("patch", sorted(path.name for path in (REPOSITORY / "third_party" / "wasmtime").glob("*.patch")))
def test_each_patch_is_defended(patch):
    page = (REPOSITORY / "third_party" / "wasmtime" / patch).with_suffix(".md").read_text()
    for part in ("**Changes.**", "**Cannot mix two tenants.**", "**The test that would fail.**", "**For Wasmtime's authors.**"):
        assert page.count(part) == 1, part
