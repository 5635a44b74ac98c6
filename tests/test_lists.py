"""The API returns lists in pages. The CLI shows all pages as one list."""
import sqlite3

import pytest

from support.guests import tiny_guest

MANY = 2300        # two full pages and a part of one


@pytest.fixture(scope="module")
def crowded(server):
    """An owner with many functions, which are only rows of the catalog."""
    server.deploy("first", tiny_guest(1), verify=False)
    server.stop()
    with sqlite3.connect(server.data / "faasta.db") as catalog:
        catalog.execute(f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY - 1})
            INSERT INTO function (name, owner, active, next_version, created, updated)
            SELECT printf('many-%05d', i), owner, 1, 2, created, updated FROM n, function WHERE name = 'first'""")
        catalog.execute("""INSERT INTO version (function, number, sha256, size, compiled_size, imports, settings, created, message)
            SELECT f.id, 1, v.sha256, v.size, v.compiled_size, v.imports, v.settings, v.created, v.message
            FROM function f, version v WHERE f.name LIKE 'many-%' AND v.function = (SELECT id FROM function WHERE name = 'first')""")
    server.start()
    return server


def names(page):
    return [function["name"] for function in page["functions"]]


def test_a_page_says_where_the_next_begins(crowded):
    first = crowded.api("GET", "/v1/functions?limit=3").json()
    assert names(first) == ["first", "many-00001", "many-00002"] and first["next"] == "many-00002"
    second = crowded.api("GET", "/v1/functions?limit=2&after=many-00002").json()
    assert names(second) == ["many-00003", "many-00004"] and second["next"] == "many-00004"
    last = crowded.api("GET", f"/v1/functions?after=many-{MANY - 3:05}").json()
    assert names(last) == [f"many-{MANY - 2:05}", f"many-{MANY - 1:05}"] and "next" not in last
    exact = crowded.api("GET", f"/v1/functions?limit=2&after=many-{MANY - 3:05}").json()
    assert len(exact["functions"]) == 2 and "next" not in exact
    assert crowded.api("GET", "/v1/functions?after=zzz").json() == {"functions": []}


def test_no_page_is_longer_than_1000(crowded):
    page = crowded.api("GET", "/v1/functions").json()
    assert len(page["functions"]) == 1000 and page["next"] == "many-00999"


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=", "page=2", "limit=1&limit=2"])
def test_what_is_no_page(crowded, query):
    answer = crowded.api("GET", f"/v1/functions?{query}")
    assert answer.status == 400 and answer.code in ("F0101", "F0104"), answer


def test_the_cli_shows_all(crowded, cli):
    cli.server = crowded
    cli.run("login", "--with-token", stdin=crowded.token).ok()
    listed = cli.run("list").ok()
    assert len(listed.out.splitlines()) == MANY + 1 and f"many-{MANY - 1:05}" in listed.out
    assert len(cli.run("list", "--json").ok().json()["functions"]) == MANY
