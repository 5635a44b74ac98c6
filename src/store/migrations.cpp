#include "store/migrations.hpp"

#include <array>

namespace faasta::store {
namespace {

// Each step is one transaction; its number is `PRAGMA user_version` afterwards. A step that was released is never
// changed.
constexpr std::array kSteps = {
    R"sql(
CREATE TABLE owner (
  id        INTEGER PRIMARY KEY,
  github_id INTEGER UNIQUE,
  login     TEXT NOT NULL,
  created   INTEGER NOT NULL              -- this and every time: milliseconds since 1970, UTC
) STRICT;
INSERT INTO owner (id, login, created) VALUES (1, 'owner', unixepoch() * 1000);

CREATE TABLE function (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, so that no data outlives its function
  name         TEXT NOT NULL UNIQUE,
  owner        INTEGER NOT NULL REFERENCES owner,
  active       INTEGER NOT NULL,
  next_version INTEGER NOT NULL,
  created      INTEGER NOT NULL,
  updated      INTEGER NOT NULL
) STRICT;
CREATE INDEX function_owner ON function (owner, name);

CREATE TABLE version (
  function      INTEGER NOT NULL REFERENCES function ON DELETE CASCADE,
  number        INTEGER NOT NULL,
  sha256        BLOB NOT NULL,
  size          INTEGER NOT NULL,
  compiled_size INTEGER NOT NULL,
  imports       TEXT NOT NULL,             -- JSON array
  settings      TEXT NOT NULL,             -- JSON object
  created       INTEGER NOT NULL,
  message       TEXT NOT NULL,
  PRIMARY KEY (function, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_sha256 ON version (sha256);

CREATE TABLE token (
  hash    BLOB PRIMARY KEY,                -- SHA-256 of the token
  owner   INTEGER NOT NULL REFERENCES owner,
  scope   TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER,
  revoked INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstone (
  name  TEXT PRIMARY KEY,
  owner INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id     INTEGER PRIMARY KEY,
  time   INTEGER NOT NULL,
  owner  INTEGER NOT NULL,
  action TEXT NOT NULL,
  name   TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
)sql",
    // What a call needs of its function, in one row of one tree: a look-up that joins takes four times as long, and a
    // cold call waits for it. The triggers keep it; versions are never changed.
    R"sql(
CREATE TABLE route (
  name     TEXT PRIMARY KEY,
  function INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  sha256   BLOB NOT NULL,
  settings TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO route SELECT f.name, f.id, v.number, v.sha256, v.settings
  FROM function f JOIN version v ON v.function = f.id AND v.number = f.active ORDER BY f.name;
CREATE TRIGGER route_activated AFTER UPDATE OF active ON function BEGIN
  INSERT OR REPLACE INTO route SELECT new.name, v.function, v.number, v.sha256, v.settings
    FROM version v WHERE v.function = new.id AND v.number = new.active;
END;
CREATE TRIGGER route_deleted AFTER DELETE ON function BEGIN
  DELETE FROM route WHERE name = old.name;
END;
)sql",
};

Result<std::int64_t> current_version(Database& database) {
  auto query = database.prepare("PRAGMA user_version");
  if (!query) return std::unexpected(query.error());
  if (auto row = query->step(); !row) return std::unexpected(row.error());
  return query->integer(0);
}

}  // namespace

Result<> migrate(Database& database) {
  const auto version = current_version(database);
  if (!version) return std::unexpected(version.error());
  if (*version > static_cast<std::int64_t>(kSteps.size())) {
    return fail(Code::data_unusable, "the catalog was written by a newer faastad");
  }
  for (auto step = static_cast<std::size_t>(*version); step < kSteps.size(); ++step) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(transaction.error());
    const std::string number = "PRAGMA user_version = " + std::to_string(step + 1);
    for (const char* sql : {kSteps[step], number.c_str()}) {
      if (auto done = database.execute(sql); !done) return done;
    }
    if (auto done = transaction->commit(); !done) return done;
  }
  return {};
}

}  // namespace faasta::store
