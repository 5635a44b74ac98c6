#include "store/migrations.hpp"

#include <algorithm>
#include <array>

#include "base/propagate.hpp"
#include "store/audit_rows.hpp"
#include "store/columns.hpp"

namespace faasta::store {
namespace {

// Each step is one transaction, which sets `PRAGMA user_version` to the step's number. A released step is never
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
    // The data of a function that a call needs, in one row of one tree. A look-up with joins would take four times as
    // long, and a cold call has to wait for the look-up. The triggers keep the row up to date; versions never change.
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
    // Accounts. Triggers keep the counts of an owner, so that checking a quota takes the same time for every owner. The
    // row of an owner is never deleted, because names of deleted functions and the audit log refer to its id, and the
    // id must not be used again.
    R"sql(
ALTER TABLE owner ADD COLUMN suspended INTEGER;
ALTER TABLE owner ADD COLUMN deleted INTEGER;
ALTER TABLE owner ADD COLUMN quota TEXT NOT NULL DEFAULT '{}';       -- JSON object: what differs from the defaults
ALTER TABLE owner ADD COLUMN functions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE owner ADD COLUMN stored_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE owner SET functions = (SELECT count(*) FROM function WHERE owner = owner.id);
UPDATE owner SET stored_bytes = (SELECT coalesce(sum(v.size), 0) FROM function f JOIN version v ON v.function = f.id
                                 WHERE f.owner = owner.id);
CREATE INDEX owner_login ON owner (login COLLATE NOCASE);
CREATE TRIGGER owner_function_added AFTER INSERT ON function BEGIN
  UPDATE owner SET functions = functions + 1 WHERE id = new.owner;
END;
-- Before: its versions are deleted with it, and by then it is not known whose they were.
CREATE TRIGGER owner_function_deleted BEFORE DELETE ON function BEGIN
  UPDATE owner SET functions = functions - 1, stored_bytes = stored_bytes -
    (SELECT coalesce(sum(size), 0) FROM version WHERE function = old.id) WHERE id = old.owner;
END;
CREATE TRIGGER owner_version_added AFTER INSERT ON version BEGIN
  UPDATE owner SET stored_bytes = stored_bytes + new.size
    WHERE id = (SELECT owner FROM function WHERE id = new.function);
END;
CREATE TRIGGER owner_version_deleted AFTER DELETE ON version BEGIN
  UPDATE owner SET stored_bytes = stored_bytes - old.size
    WHERE id = (SELECT owner FROM function WHERE id = old.function);
END;
CREATE TRIGGER owner_function_moved AFTER UPDATE OF owner ON function BEGIN
  UPDATE owner SET functions = functions - 1, stored_bytes = stored_bytes -
    (SELECT coalesce(sum(size), 0) FROM version WHERE function = new.id) WHERE id = old.owner;
  UPDATE owner SET functions = functions + 1, stored_bytes = stored_bytes +
    (SELECT coalesce(sum(size), 0) FROM version WHERE function = new.id) WHERE id = new.owner;
END;

CREATE TABLE new_token (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  hash      BLOB NOT NULL UNIQUE,          -- SHA-256 of the token
  owner     INTEGER NOT NULL REFERENCES owner,
  name      TEXT NOT NULL,
  scopes    TEXT NOT NULL,
  created   INTEGER NOT NULL,
  expires   INTEGER,
  last_used INTEGER,
  revoked   INTEGER
) STRICT;
INSERT INTO new_token (hash, owner, name, scopes, created, expires, revoked)
  SELECT hash, owner, 'owner.token', scope, created, expires, revoked FROM token;
DROP TABLE token;
ALTER TABLE new_token RENAME TO token;
CREATE INDEX token_owner ON token (owner);

-- A call needs the owner too; the functions of a suspended one have no route.
ALTER TABLE route ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
UPDATE route SET owner = (SELECT owner FROM function WHERE id = route.function);
DROP TRIGGER route_activated;
CREATE TRIGGER route_changed AFTER UPDATE OF active, owner ON function BEGIN
  DELETE FROM route WHERE name = new.name;
  INSERT INTO route (name, function, version, sha256, settings, owner)
    SELECT new.name, v.function, v.number, v.sha256, v.settings, new.owner
    FROM version v JOIN owner o ON o.id = new.owner
    WHERE v.function = new.id AND v.number = new.active AND o.suspended IS NULL;
END;
CREATE TRIGGER route_owner_suspended AFTER UPDATE OF suspended ON owner BEGIN
  DELETE FROM route WHERE name IN (SELECT name FROM function WHERE owner = new.id);
  INSERT INTO route (name, function, version, sha256, settings, owner)
    SELECT f.name, v.function, v.number, v.sha256, v.settings, f.owner
    FROM function f JOIN version v ON v.function = f.id AND v.number = f.active
    WHERE f.owner = new.id AND new.suspended IS NULL;
END;

ALTER TABLE audit RENAME TO old_audit;
CREATE TABLE audit (
  id      INTEGER PRIMARY KEY,             -- 1, 2, 3, ...
  time    INTEGER NOT NULL,
  actor   TEXT NOT NULL,
  owner   INTEGER NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail  TEXT NOT NULL,
  hash    BLOB NOT NULL                    -- audit_log.cpp says of what
) STRICT;
CREATE INDEX audit_owner ON audit (owner, action, time);
CREATE TABLE audit_head (count INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
INSERT INTO audit_head VALUES (0, zeroblob(32));
)sql",
    // The packages from which versions were built, for `faastad admin audit`. A package is deleted when no version has
    // it any more.
    R"sql(
CREATE TABLE package (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  version     TEXT NOT NULL,
  source      TEXT NOT NULL,
  folded_name TEXT NOT NULL AS (replace(lower(name), '_', '-')),
  UNIQUE (name, version, source)
) STRICT;
CREATE INDEX package_folded_name ON package (folded_name);
CREATE TABLE version_package (
  function INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  package  INTEGER NOT NULL REFERENCES package,
  PRIMARY KEY (function, number, package),
  FOREIGN KEY (function, number) REFERENCES version ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX version_package_package ON version_package (package);
CREATE TRIGGER package_unused AFTER DELETE ON version_package BEGIN
  DELETE FROM package WHERE id = old.package
    AND NOT EXISTS (SELECT 1 FROM version_package WHERE package = old.package);
END;
)sql",
};

/// After the step with this number, chain_old_audit() adds the older rows of the audit log to the new chain.
constexpr std::size_t kChainStep = 3;

constexpr const char* kOldAudit = "SELECT time, owner, action, name, detail FROM old_audit ORDER BY id";

struct OldAuditRow {
  SystemTime time;
  OwnerId owner{};
  std::string action, name, detail;
};

Result<OldAuditRow> read_old_audit(const Statement& row) {
  enum Column : int { kTime, kOwner, kAction, kName, kDetail };
  Columns from(row);
  OldAuditRow out;
  out.time = from.time(kTime);
  out.owner = from.id<OwnerId>(kOwner);
  out.action = from.text(kAction);
  out.name = from.text(kName);
  out.detail = from.text(kDetail);
  return from.checked(std::move(out));
}

Result<> chain_old_audit(SqliteDatabase& database) {
  ASSIGN_OR_RETURN(const auto old, all_rows(database, kOldAudit, read_old_audit));
  for (const OldAuditRow& row : old) {
    const AuditEntry entry{{.owner = row.owner}, row.action, row.name, row.detail};
    RETURN_IF_ERROR(audit_rows::append(database, entry, row.time));
  }
  return database.execute(
      "DROP TABLE old_audit;"
      "CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); "
      "END;"
      "CREATE TRIGGER audit_keeps_texts BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); "
      "END;");
}

Result<std::int64_t> read_version(const Statement& row) {
  Columns from(row);
  return from.checked(from.integer(0));
}

Result<std::int64_t> current_version(SqliteDatabase& database) {
  ASSIGN_OR_RETURN(const auto version, first_row(database, "PRAGMA user_version", read_version));
  return version.value_or(0);
}

}  // namespace

Result<> migrate(SqliteDatabase& database, std::size_t last) {
  ASSIGN_OR_RETURN(const auto version, current_version(database));
  if (version > static_cast<std::int64_t>(kSteps.size())) {
    return fail(Code::data_unusable, "the catalog was written by a newer faastad");
  }
  for (auto step = static_cast<std::size_t>(version); step < std::min(last, kSteps.size()); ++step) {
    ASSIGN_OR_RETURN(auto transaction, Transaction::begin(database));
    const std::string number = "PRAGMA user_version = " + std::to_string(step + 1);
    for (const char* sql : {kSteps[step], number.c_str()}) {
      RETURN_IF_ERROR(database.execute(sql));
    }
    if (step + 1 == kChainStep) {
      RETURN_IF_ERROR(chain_old_audit(database));
    }
    RETURN_IF_ERROR(transaction.commit());
  }
  return {};
}

Result<bool> is_newest(SqliteDatabase& database) {
  ASSIGN_OR_RETURN(const auto version, current_version(database));
  return version == static_cast<std::int64_t>(kSteps.size());
}

}  // namespace faasta::store
