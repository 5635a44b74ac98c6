"""Makes a catalog with very many functions: adds rows for functions that use already deployed components."""
import contextlib
import sqlite3

ROWS = """
WITH RECURSIVE number(n) AS (VALUES (:have) UNION ALL SELECT n + 1 FROM number WHERE n + 1 < :want)
INSERT INTO function (name, owner, active, next_version, created, updated)
  SELECT 'cold-' || n, 1, 1, 2, unixepoch() * 1000, unixepoch() * 1000 FROM number
"""
VERSIONS = """
INSERT INTO version (function, number, sha256, size, compiled_size, imports, settings, created, message)
  SELECT f.id, 1, v.sha256, v.size, v.compiled_size, v.imports, v.settings, v.created, ''
  FROM function f
  JOIN function g ON g.name = 'cold-' || (CAST(substr(f.name, 6) AS INTEGER) % :have)
  JOIN version v ON v.function = g.id AND v.number = g.active
  WHERE f.id > :last
"""


def widen(data, have, want):
    """Adds rows up to `want` functions cold-0, cold-1, ...; cold-N has the component of cold-(N mod `have`). The server must be stopped."""
    with contextlib.closing(sqlite3.connect(data / "faasta.db")) as database, database:
        last = database.execute("SELECT max(id) FROM function").fetchone()[0]
        if want > have:
            database.execute(ROWS, {"have": have, "want": want})
            database.execute(VERSIONS, {"have": have, "last": last})
            database.execute("UPDATE function SET active = active WHERE id > ?", (last,))     # the trigger makes the routes
        found = database.execute("SELECT count(*) FROM function f JOIN version v ON v.function = f.id WHERE f.name LIKE 'cold-%'").fetchone()[0]
        assert found == max(have, want), (found, have, want)
