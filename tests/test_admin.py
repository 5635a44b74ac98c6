"""Tests `faastad admin`, the operator's commands, while the server runs; and the audit log, which has one row for each
change."""
import json
import sqlite3
import subprocess

import pytest

from support.guests import version_guest
from support.people import Person
from support.server import BINARIES, Server, environment
from support.waiting import eventually


class Admin:
    def __init__(self, server):
        self.server = server

    def run(self, *arguments):
        return subprocess.run([BINARIES / "faastad", "admin", *map(str, arguments), "--data", self.server.data], capture_output=True, text=True, env=environment(), timeout=60)

    def ok(self, *arguments):
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done
        return [json.loads(line) for line in done.stdout.splitlines()]

    def actions(self, after=0):
        return [(row["action"], row["subject"]) for row in self.ok("log", "--after", after)]


@pytest.fixture
def admin(server):
    return Admin(server)


@pytest.fixture
def person(server, request):
    return Person(server, f"login-{abs(hash(request.node.name)) % 10**8}")


def test_owners(server, admin, person):
    person.upload("counted", "hello-wat")
    row = next(row for row in admin.ok("owners") if row["login"] == person.login)
    assert (row["id"], row["functions"], row["suspended_at"]) == (person.owner, 1, None) and row["stored_bytes"] > 0
    assert "owner.token" not in admin.run("owners").stdout and person.login in admin.run("owners").stdout


def test_suspend_and_resume(server, admin, person):
    assert person.upload("to-suspend", "hello-wat").status == 201 and server.call("to-suspend").status == 200
    admin.ok("suspend", person.login)
    assert person.api("GET", "/v1/functions").code == "F0210"
    answer = eventually(lambda: (a := server.call("to-suspend")).status != 200 and a, 2, "the suspension")
    assert (answer.status, answer.code) == (503, "F0514"), answer
    assert server.call("to-suspend--v1").code == "F0514"
    assert next(row for row in admin.ok("owners") if row["login"] == person.login)["suspended_at"]
    admin.ok("resume", person.login)
    assert eventually(lambda: server.call("to-suspend").status == 200, 2, "the resumption")
    assert person.api("GET", "/v1/functions").status == 200


def test_quota(server, admin, person):
    admin.ok("quota", person.login, "functions", 1)
    assert person.upload("only-one", "hello-wat").status == 201
    assert person.upload("second", "hello-wat").code == "F0208"
    assert person.api("GET", "/v1/me").json()["quota"]["functions"] == 1
    assert admin.ok("quota", person.login)[0]["own_figures"] == {"functions": 1}
    assert admin.ok("quota", person.login, "functions", "default")[0]["own_figures"] == {}
    assert person.upload("second", "hello-wat").status == 201
    for wrong in (("nothing", 1), ("functions", "many"), ("functions", -1)):
        assert admin.run("quota", person.login, *wrong).returncode == 2, wrong


def test_a_quota_of_calls_takes_effect_while_the_function_is_called(server, admin, person):
    person.upload("throttled", "hello-wat")
    assert all(server.call("throttled").status == 200 for _ in range(10))
    admin.ok("quota", person.login, "requests_per_second", 1)
    assert eventually(lambda: any(server.call("throttled").code == "F0516" for _ in range(5)), 3, "a refusal")


def test_transfer(server, admin, person):
    heir = Person(server, person.login + "-heir")
    person.upload("inherited", "hello-wat")
    admin.ok("transfer", "inherited", f"#{heir.owner}")
    assert person.api("GET", "/v1/functions/inherited").code == "F0204" and heir.api("GET", "/v1/functions/inherited").status == 200
    assert server.call("inherited").status == 200
    last = admin.ok("log")[-1]
    assert (last["actor"], last["action"], last["subject"], last["owner"]) == ("operator", "transfer", "inherited", person.owner)
    assert admin.run("transfer", "inherited", "nobody-of-that-name").returncode == 4
    assert admin.run("transfer", "not-there", f"#{heir.owner}").returncode == 4


def test_delete_an_owner_with_everything(server, admin, person):
    for number in (1, 2):
        person.upload("gone-one", version_guest(number))
    person.upload("gone-two", "log", verify=False)
    server.call("gone-two", "/?n=1")
    sha = person.api("GET", "/v1/functions/gone-two").json()["sha256"]
    done = admin.run("delete-owner", person.login)
    assert done.returncode == 2 and "-y" in done.stderr, done       # `delete` needs -y
    admin.ok("delete-owner", person.login, "-y")
    assert person.api("GET", "/v1/me").status == 401
    assert eventually(lambda: server.call("gone-one").status == 404, 2, "404")
    assert person.login not in [row["login"] for row in admin.ok("owners")]
    newcomer = Person(server, person.login)
    assert newcomer.owner != person.owner and newcomer.upload("gone-one", "hello-wat").code == "F0207"
    assert eventually(lambda: not list(server.data.rglob(sha + "*")), 5, "the collection of component and code")


def test_delete_a_function(server, admin, person):
    person.upload("unwanted", "hello-wat")
    assert admin.run("delete", "unwanted").returncode == 2
    admin.ok("delete", "unwanted", "-y")
    assert eventually(lambda: server.call("unwanted").status == 404, 2, "404")
    last = admin.ok("log")[-1]
    assert (last["actor"], last["action"], last["subject"]) == ("operator", "delete", "unwanted")


def test_every_change_leaves_one_row(server, admin, person):
    before = admin.ok("verify")[0]["rows"]
    person.upload("watched", version_guest(1))
    person.upload("watched", version_guest(1))        # no change
    person.upload("watched", version_guest(2))
    person.upload("watched", b"rubbish")
    person.api("POST", "/v1/functions/watched/rollback", {})
    person.api("POST", "/v1/functions/watched/rollback", {"version": 77})
    token = person.api("POST", "/v1/tokens", {"name": "t", "scopes": ["read"]}).json()
    person.api("GET", "/v1/tokens")
    person.api("DELETE", f"/v1/tokens/{token['id']}")
    person.api("DELETE", f"/v1/tokens/{token['id']}")
    other = person.api("POST", "/v1/tokens", {"name": "t2", "scopes": ["read"]}).json()
    server.api("DELETE", "/v1/tokens/current", token=other["token"])
    person.api("DELETE", "/v1/functions/not-there")
    person.api("DELETE", "/v1/functions/watched")
    for verb in ("suspend", "resume"):
        admin.ok(verb, f"#{person.owner}")
    admin.ok("quota", f"#{person.owner}", "functions", 5)
    admin.ok("delete-owner", f"#{person.owner}", "-y")
    id, second = str(token["id"]), str(other["id"])
    who = str(person.owner)
    assert admin.actions(before) == [
        ("deploy", "watched"), ("deploy", "watched"), ("rollback", "watched"), ("token_create", id), ("token_revoke", id), ("token_create", second),
        ("token_revoke", second), ("delete", "watched"), ("suspend", who), ("resume", who), ("quota", who), ("suspend", who), ("owner_delete", who)]
    assert {row["owner"] for row in admin.ok("log", "--after", before)} == {person.owner}


def test_verify_finds_what_was_changed(tmp_path):
    with Server(tmp_path / "damaged") as server:
        for number in (1, 2, 3):
            server.deploy("audited", version_guest(number))
        kept = Admin(server).ok("verify")[0]
        server.deploy("audited", version_guest(4))
        assert Admin(server).run("verify", "--hash", kept["hash"]).returncode == 0
        assert Admin(server).run("verify", "--hash", "0" * 64).returncode == 1
        server.stop()
    with sqlite3.connect(server.data / "faasta.db") as database:
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("DELETE FROM audit WHERE id = 2")
        database.executescript("DROP TRIGGER audit_keeps_rows; DROP TRIGGER audit_keeps_texts; UPDATE audit SET subject = 'other' WHERE id = 3")
    done = Admin(server).run("verify")
    assert done.returncode == 1 and "F0805" in done.stderr and "row 3" in done.stderr, done
    with sqlite3.connect(server.data / "faasta.db") as database:
        database.executescript("DELETE FROM audit WHERE id = 3")
    assert "row 3 is missing" in Admin(server).run("verify").stderr


@pytest.mark.parametrize("arguments, exit", [((), 2), (("nothing",), 2), (("suspend",), 2), (("suspend", "nobody-here"), 4), (("delete-owner", "#1", "-y"), 10),
                                             (("log", "--after", "x"), 2)])
def test_what_it_does_not_take(admin, arguments, exit):
    done = admin.run(*arguments)
    assert done.returncode == exit and "error[" in done.stderr and "fix:" in done.stderr, done


def test_a_folder_without_a_catalog(tmp_path):
    done = subprocess.run([BINARIES / "faastad", "admin", "owners", "--data", tmp_path], capture_output=True, text=True, env=environment())
    assert done.returncode == 1 and "F0802" in done.stderr and "--data" in done.stderr and not (tmp_path / "faasta.db").exists()


def test_a_catalog_of_another_version_is_left_alone(tmp_path):
    """A server of another version may use this catalog."""
    with sqlite3.connect(tmp_path / "faasta.db") as database:
        database.execute("PRAGMA user_version = 1")
    done = subprocess.run([BINARIES / "faastad", "admin", "owners", "--data", tmp_path], capture_output=True, text=True, env=environment())
    assert done.returncode == 1 and "F0802" in done.stderr and "another version" in done.stderr, done
    with sqlite3.connect(tmp_path / "faasta.db") as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_row_slipped_into_the_log_is_found(tmp_path):
    with Server(tmp_path / "slipped") as server:
        server.deploy("audited", version_guest(1))
        server.stop()
    with sqlite3.connect(server.data / "faasta.db") as database:
        database.execute("INSERT INTO audit SELECT id + 1, time, actor, owner, action, 'other', detail, hash FROM audit ORDER BY id DESC LIMIT 1")
    done = Admin(server).run("verify")
    assert done.returncode == 1 and "was slipped in" in done.stderr, done


def test_a_single_owner_is_for_this_machine(make_server):
    server = make_server(start=False)
    done = subprocess.run([BINARIES / "faastad", "--listen", "0.0.0.0:0", "--admin-listen", "127.0.0.1:0", "--data", server.data], capture_output=True, text=True, env=environment(), timeout=60)
    assert done.returncode == 2 and "F0801" in done.stderr and "allow_remote_owner" in done.stderr, done
    allowed = make_server({"auth": {"allow_remote_owner": True}}, start=False)
    allowed.spawn(listen="0.0.0.0:0")
    assert eventually(lambda: allowed.event("ready"), 30, "the ready line")
