// Over 400 lines because a step never changes after its release, and the steps are read in their order.

#include "store/schema_steps.hpp"

#include <array>

namespace faasta::store {
namespace {

constexpr std::array kSteps = {
    SchemaStep{R"sql(
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
               1},
    // The data of a function that a call needs, in one row of one tree. A look-up with joins would take four times as
    // long, and a cold call has to wait for the look-up. The triggers keep the row up to date; versions never change.
    SchemaStep{R"sql(
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
               2},
    // Accounts. Triggers keep the counts of an owner, so that checking a quota takes the same time for every owner. The
    // row of an owner is never deleted, because names of deleted functions and the audit log refer to its id, and the
    // id must not be used again.
    SchemaStep{R"sql(
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
               3},
    // The packages from which versions were built, for `faastad admin audit`. A package is deleted when no version has
    // it any more.
    SchemaStep{R"sql(
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
               4},
    // Counts the steps apart from `PRAGMA user_version`, so that a step can be added with which an older server works.
    SchemaStep{R"sql(
CREATE TABLE schema_step (applied INTEGER NOT NULL) STRICT;
INSERT INTO schema_step VALUES (5);
)sql",
               4},
    // Custom domains. An older server neither knows nor needs the table; it deletes a function's rows with the
    // function.
    SchemaStep{R"sql(
CREATE TABLE domain (
  host       TEXT NOT NULL,
  function   INTEGER NOT NULL REFERENCES function ON DELETE CASCADE,
  token      TEXT NOT NULL,
  look       TEXT NOT NULL,                -- equal for names that look alike
  state      TEXT NOT NULL,                -- pending, verified, live, failing
  problem    TEXT NOT NULL,
  created    INTEGER NOT NULL,
  checked    INTEGER,
  missing    INTEGER,
  failed     INTEGER,
  issued     INTEGER,
  next_check INTEGER,
  PRIMARY KEY (host, function)
) STRICT, WITHOUT ROWID;
-- Several functions may claim a name, but only one can hold it.
CREATE UNIQUE INDEX domain_holder ON domain (host) WHERE state <> 'pending';
CREATE INDEX domain_function ON domain (function);
CREATE INDEX domain_look ON domain (look);
CREATE INDEX domain_next_check ON domain (next_check) WHERE next_check IS NOT NULL;
)sql",
               4},
    // Secrets. They belong to an owner and a name, so that they can be set before the first deploy. The triggers delete
    // them with the function, under an older server too.
    SchemaStep{R"sql(
CREATE TABLE secret (
  owner      INTEGER NOT NULL REFERENCES owner,
  function   TEXT NOT NULL,
  name       TEXT NOT NULL,
  generation INTEGER NOT NULL,
  key        TEXT NOT NULL,                -- the id of the key that sealed the value
  sealed     TEXT NOT NULL,                -- nonce, ciphertext and tag in base64
  size       INTEGER NOT NULL,             -- bytes of the value
  created    INTEGER NOT NULL,
  actor      TEXT NOT NULL,
  PRIMARY KEY (owner, function, name, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX secret_key ON secret (key);
CREATE TRIGGER secret_function_deleted AFTER DELETE ON function BEGIN
  DELETE FROM secret WHERE owner = old.owner AND function = old.name;
END;
CREATE TRIGGER secret_function_moved AFTER UPDATE OF owner ON function BEGIN
  DELETE FROM secret WHERE owner = old.owner AND function = old.name;
END;
CREATE TRIGGER secret_owner_deleted AFTER UPDATE OF deleted ON owner BEGIN
  DELETE FROM secret WHERE owner = new.id;
END;
)sql",
               4},
    // Releases: aliases of versions, versions that never were live, the lock. If an older server deletes a version, its
    // aliases go with it.
    SchemaStep{R"sql(
CREATE TABLE alias (
  function INTEGER NOT NULL REFERENCES function ON DELETE CASCADE,
  label    TEXT NOT NULL,
  version  INTEGER NOT NULL,
  PRIMARY KEY (function, label),
  FOREIGN KEY (function, version) REFERENCES version ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_version ON alias (function, version);
-- Whether the version was live at any time. A rollback without a number never chooses another one.
ALTER TABLE version ADD COLUMN was_live INTEGER NOT NULL DEFAULT 0;
UPDATE version SET was_live = 1;
CREATE TRIGGER version_went_live AFTER UPDATE OF active ON function BEGIN
  UPDATE version SET was_live = 1 WHERE function = new.id AND number = new.active;
END;
-- Why the live version must stay, and since when; NULL: the function is not locked.
ALTER TABLE function ADD COLUMN lock_reason TEXT;
ALTER TABLE function ADD COLUMN locked INTEGER;
)sql",
               4},
    // Rollouts. The row of a route says which share of the calls goes to the candidate. If an older server deletes the
    // candidate, the rollout goes with it.
    SchemaStep{R"sql(
CREATE TABLE rollout (
  function  INTEGER PRIMARY KEY REFERENCES function ON DELETE CASCADE,
  candidate INTEGER NOT NULL,
  plan      TEXT NOT NULL,                 -- JSON object: stages, abort, sticky
  sticky    TEXT NOT NULL,
  per_mille INTEGER NOT NULL,              -- the share of the current stage; 0 when the rollout has ended
  state     TEXT NOT NULL,                 -- running, paused, promoted, aborted
  stage     INTEGER NOT NULL,
  begun     INTEGER NOT NULL,
  since     INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  FOREIGN KEY (function, candidate) REFERENCES version ON DELETE CASCADE
) STRICT;
CREATE INDEX rollout_under_way ON rollout (state) WHERE state IN ('running', 'paused');
-- An older server does not know that a rollout goes on, and may make another version live.
CREATE TRIGGER rollout_overtaken AFTER UPDATE OF active ON function BEGIN
  UPDATE rollout SET state = 'aborted', per_mille = 0, reason = 'another version became live'
    WHERE function = new.id AND state IN ('running', 'paused');
END;
ALTER TABLE route ADD COLUMN candidate INTEGER NOT NULL DEFAULT 0;
ALTER TABLE route ADD COLUMN per_mille INTEGER NOT NULL DEFAULT 0;
ALTER TABLE route ADD COLUMN sticky TEXT NOT NULL DEFAULT '';
CREATE TRIGGER route_rollout_begun AFTER INSERT ON rollout BEGIN
  UPDATE route SET candidate = new.candidate, per_mille = new.per_mille, sticky = new.sticky
    WHERE name = (SELECT name FROM function WHERE id = new.function);
END;
CREATE TRIGGER route_rollout_changed AFTER UPDATE ON rollout BEGIN
  UPDATE route SET candidate = new.candidate, per_mille = new.per_mille, sticky = new.sticky
    WHERE name = (SELECT name FROM function WHERE id = new.function);
END;
CREATE TRIGGER route_rollout_deleted AFTER DELETE ON rollout BEGIN
  UPDATE route SET candidate = 0, per_mille = 0, sticky = ''
    WHERE name = (SELECT name FROM function WHERE id = old.function);
END;
DROP TRIGGER route_changed;
CREATE TRIGGER route_changed AFTER UPDATE OF active, owner ON function BEGIN
  DELETE FROM route WHERE name = new.name;
  INSERT INTO route (name, function, version, sha256, settings, owner, candidate, per_mille, sticky)
    SELECT new.name, v.function, v.number, v.sha256, v.settings, new.owner, coalesce(r.candidate, 0),
           coalesce(r.per_mille, 0), coalesce(r.sticky, '')
    FROM version v JOIN owner o ON o.id = new.owner LEFT JOIN rollout r ON r.function = new.id
    WHERE v.function = new.id AND v.number = new.active AND o.suspended IS NULL;
END;
DROP TRIGGER route_owner_suspended;
CREATE TRIGGER route_owner_suspended AFTER UPDATE OF suspended ON owner BEGIN
  DELETE FROM route WHERE name IN (SELECT name FROM function WHERE owner = new.id);
  INSERT INTO route (name, function, version, sha256, settings, owner, candidate, per_mille, sticky)
    SELECT f.name, v.function, v.number, v.sha256, v.settings, f.owner, coalesce(r.candidate, 0),
           coalesce(r.per_mille, 0), coalesce(r.sticky, '')
    FROM function f JOIN version v ON v.function = f.id AND v.number = f.active
    LEFT JOIN rollout r ON r.function = f.id
    WHERE f.owner = new.id AND new.suspended IS NULL;
END;
)sql",
               4},
    // Cron jobs. They are no member of the settings, because an older server refuses settings that it does not know.
    SchemaStep{R"sql(
ALTER TABLE version ADD COLUMN cron TEXT NOT NULL DEFAULT '';  -- JSON list of jobs; '': none
CREATE INDEX version_cron ON version (function, number) WHERE cron <> '';
CREATE TABLE cron_run (
  function INTEGER NOT NULL REFERENCES function ON DELETE CASCADE,
  job      TEXT NOT NULL,
  schedule TEXT NOT NULL,                  -- a job with another schedule begins anew
  tick     INTEGER NOT NULL,               -- the last tick that a server took
  began    INTEGER,                        -- of the last run; NULL: the job never ran
  ended    INTEGER,                        -- NULL: the run goes on, or its server ended first
  status   INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  failed   INTEGER NOT NULL DEFAULT 0,
  missed   INTEGER NOT NULL DEFAULT 0,
  skipped  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (function, job)
) STRICT, WITHOUT ROWID;
)sql",
               4},
    // Static files. A file belongs to a function, which may have several manifests that name it. If an older server
    // deletes a version, the files that only this version has go with it.
    SchemaStep{R"sql(
ALTER TABLE version ADD COLUMN assets BLOB;  -- digest of the manifest; NULL: the version has no files
CREATE INDEX version_assets ON version (function, assets) WHERE assets IS NOT NULL;
CREATE TABLE asset (
  function INTEGER NOT NULL REFERENCES function ON DELETE CASCADE,
  sha256   BLOB NOT NULL,
  size     INTEGER NOT NULL,
  PRIMARY KEY (function, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_sha256 ON asset (sha256);
CREATE TABLE asset_use (
  function INTEGER NOT NULL REFERENCES function ON DELETE CASCADE,
  manifest BLOB NOT NULL,
  sha256   BLOB NOT NULL,
  PRIMARY KEY (function, manifest, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_use_file ON asset_use (function, sha256);
CREATE TRIGGER version_assets_deleted AFTER DELETE ON version WHEN old.assets IS NOT NULL AND NOT EXISTS
  (SELECT 1 FROM version WHERE function = old.function AND assets = old.assets) BEGIN
  DELETE FROM asset_use WHERE function = old.function AND manifest = old.assets;
  DELETE FROM asset WHERE function = old.function AND NOT EXISTS
    (SELECT 1 FROM asset_use u WHERE u.function = old.function AND u.sha256 = asset.sha256);
END;
CREATE TRIGGER owner_asset_added AFTER INSERT ON asset BEGIN
  UPDATE owner SET stored_bytes = stored_bytes + new.size
    WHERE id = (SELECT owner FROM function WHERE id = new.function);
END;
CREATE TRIGGER owner_asset_deleted AFTER DELETE ON asset BEGIN
  UPDATE owner SET stored_bytes = stored_bytes - old.size
    WHERE id = (SELECT owner FROM function WHERE id = old.function);
END;
-- Before: its files are deleted with it, and by then it is not known whose they were.
CREATE TRIGGER owner_assets_deleted BEFORE DELETE ON function BEGIN
  UPDATE owner SET stored_bytes = stored_bytes - (SELECT coalesce(sum(size), 0) FROM asset WHERE function = old.id)
    WHERE id = old.owner;
END;
CREATE TRIGGER owner_assets_moved AFTER UPDATE OF owner ON function BEGIN
  UPDATE owner SET stored_bytes = stored_bytes - (SELECT coalesce(sum(size), 0) FROM asset WHERE function = new.id)
    WHERE id = old.owner;
  UPDATE owner SET stored_bytes = stored_bytes + (SELECT coalesce(sum(size), 0) FROM asset WHERE function = new.id)
    WHERE id = new.owner;
END;
)sql",
               4},
    // CI jobs that may deploy, and the tokens with which they signed in: each works once.
    SchemaStep{R"sql(
CREATE TABLE trust (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  owner         INTEGER NOT NULL REFERENCES owner,
  function      TEXT NOT NULL,
  issuer        TEXT NOT NULL,
  repository    TEXT NOT NULL,
  repository_id TEXT NOT NULL,             -- of the first job; empty: there was none
  account_id    TEXT NOT NULL,
  ref           TEXT NOT NULL,             -- empty: any
  environment   TEXT NOT NULL,             -- empty: any
  created       INTEGER NOT NULL,
  used          INTEGER
) STRICT;
CREATE INDEX trust_owner ON trust (owner);
CREATE INDEX trust_function ON trust (function, issuer);
CREATE TRIGGER trust_function_moved AFTER UPDATE OF owner ON function BEGIN
  DELETE FROM trust WHERE owner = old.owner AND function = old.name;
END;
CREATE TRIGGER trust_owner_deleted AFTER UPDATE OF deleted ON owner BEGIN
  DELETE FROM trust WHERE owner = new.id;
END;
CREATE TABLE used_token (token BLOB PRIMARY KEY, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX used_token_expires ON used_token (expires);
ALTER TABLE version ADD COLUMN source TEXT NOT NULL DEFAULT '';  -- where the code comes from
)sql",
               4},
    // Sessions of the dashboard. A session stands for the token with which its browser signed in, and goes with it,
    // under an older server too.
    SchemaStep{R"sql(
CREATE TABLE session (
  hash      BLOB PRIMARY KEY,              -- SHA-256 of the text in the browser's cookie
  token     INTEGER NOT NULL REFERENCES token ON DELETE CASCADE,
  owns      INTEGER NOT NULL,              -- whether the token was made for this session alone
  used      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_token ON session (token, used);
CREATE INDEX session_used ON session (used);
)sql",
               4},
    // The operator may suspend single functions. A suspended function has no route, so an older server does not find
    // it, except for its versions and aliases.
    SchemaStep{R"sql(
ALTER TABLE function ADD COLUMN suspended INTEGER;
ALTER TABLE function ADD COLUMN suspend_reason TEXT;
DROP TRIGGER route_changed;
CREATE TRIGGER route_changed AFTER UPDATE OF active, owner, suspended ON function BEGIN
  DELETE FROM route WHERE name = new.name;
  INSERT INTO route (name, function, version, sha256, settings, owner, candidate, per_mille, sticky)
    SELECT new.name, v.function, v.number, v.sha256, v.settings, new.owner, coalesce(r.candidate, 0),
           coalesce(r.per_mille, 0), coalesce(r.sticky, '')
    FROM version v JOIN owner o ON o.id = new.owner LEFT JOIN rollout r ON r.function = new.id
    WHERE v.function = new.id AND v.number = new.active AND o.suspended IS NULL AND new.suspended IS NULL;
END;
DROP TRIGGER route_owner_suspended;
CREATE TRIGGER route_owner_suspended AFTER UPDATE OF suspended ON owner BEGIN
  DELETE FROM route WHERE name IN (SELECT name FROM function WHERE owner = new.id);
  INSERT INTO route (name, function, version, sha256, settings, owner, candidate, per_mille, sticky)
    SELECT f.name, v.function, v.number, v.sha256, v.settings, f.owner, coalesce(r.candidate, 0),
           coalesce(r.per_mille, 0), coalesce(r.sticky, '')
    FROM function f JOIN version v ON v.function = f.id AND v.number = f.active
    LEFT JOIN rollout r ON r.function = f.id
    WHERE f.owner = new.id AND new.suspended IS NULL AND f.suspended IS NULL;
END;
)sql",
               4},
};

}  // namespace

std::span<const SchemaStep> schema_steps() noexcept { return kSteps; }

}  // namespace faasta::store
