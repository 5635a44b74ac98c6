#include "store/catalog_rows.hpp"

#include "store/columns.hpp"
#include "store/settings_json.hpp"

namespace faasta::store::catalog_rows {
namespace {

constexpr const char* kFunction =
    "SELECT id, owner, active, next_version, lock_reason, suspended IS NOT NULL FROM function WHERE name = ?1";

Result<FunctionRow> read_function(const Statement& row) {
  enum Column : int { kId, kOwner, kActive, kNext, kLockReason, kSuspended };
  Columns from(row);
  FunctionRow out{from.id<FunctionId>(kId), from.id<OwnerId>(kOwner), from.count(kActive), from.count(kNext)};
  if (!row.is_null(kLockReason)) out.lock_reason = from.text(kLockReason);
  out.suspended = from.flag(kSuspended);
  return from.checked(std::move(out));
}

#define FAASTA_RECORD                                                                        \
  "SELECT f.id, f.name, f.active, f.created, f.updated, v.sha256, v.size, v.compiled_size, " \
  "v.imports, v.settings, v.cron, (SELECT count(*) FROM version WHERE function = f.id), "    \
  "f.lock_reason, f.locked, f.suspend_reason, f.suspended "                                  \
  "FROM function f JOIN version v ON v.function = f.id AND v.number = f.active "
constexpr const char* kRecord = FAASTA_RECORD "WHERE f.owner = ?1 AND f.name = ?2";
constexpr const char* kRecords = FAASTA_RECORD "WHERE f.owner = ?1 AND f.name > ?2 ORDER BY f.name LIMIT ?3";
constexpr const char* kRecordsWith =
    FAASTA_RECORD "WHERE f.owner = ?1 AND f.name > ?2 AND f.name LIKE ?4 ORDER BY f.name LIMIT ?3";

Result<FunctionRecord> read_record(const Statement& row) {
  enum Column : int {
    kId,
    kName,
    kActive,
    kCreated,
    kUpdated,
    kSha256,
    kSize,
    kCompiledSize,
    kImports,
    kSettings,
    kCron,
    kVersions,
    kLockReason,
    kLocked,
    kSuspendReason,
    kSuspended
  };
  Columns from(row);
  FunctionRecord out;
  out.id = from.id<FunctionId>(kId);
  out.name = from.text(kName);
  out.version = from.count(kActive);
  out.created = from.time(kCreated);
  out.updated = from.time(kUpdated);
  out.sha256 = from.digest(kSha256);
  out.size = from.size(kSize);
  out.compiled_size = from.size(kCompiledSize);
  out.imports = from.parsed(strings_from_json(from.text(kImports)));
  out.settings = from.parsed(settings_from_json(from.text(kSettings)));
  out.settings.cron = from.parsed(cron_jobs_from_json(from.text(kCron)));
  out.versions = from.count(kVersions);
  if (!row.is_null(kLockReason)) out.lock = Lock{from.text(kLockReason), from.time(kLocked)};
  if (!row.is_null(kSuspended)) out.suspension = Suspension{from.text(kSuspendReason), from.time(kSuspended)};
  return from.checked(std::move(out));
}

constexpr const char* kNames = "SELECT name FROM function";

Result<std::string> read_name(const Statement& row) {
  Columns from(row);
  return from.checked(from.text(0));
}

constexpr const char* kOwnsAny = "SELECT 1 FROM function WHERE owner = ?1 LIMIT 1";
constexpr const char* kInsert =
    "INSERT INTO function (name, owner, active, next_version, created, updated) VALUES (?1, ?2, 0, 1, ?3, ?3) "
    "RETURNING id";
constexpr const char* kActivate = "UPDATE function SET active = ?2, updated = ?3 WHERE id = ?1";
constexpr const char* kTakeNumber = "UPDATE function SET next_version = ?2, updated = ?3 WHERE id = ?1";
constexpr const char* kLock = "UPDATE function SET lock_reason = ?2, locked = ?3 WHERE id = ?1";
constexpr const char* kUnlock = "UPDATE function SET lock_reason = NULL, locked = NULL WHERE id = ?1";
constexpr const char* kSuspend = "UPDATE function SET suspend_reason = ?2, suspended = ?3 WHERE id = ?1";
constexpr const char* kResume = "UPDATE function SET suspend_reason = NULL, suspended = NULL WHERE id = ?1";
constexpr const char* kGive = "UPDATE function SET owner = ?2 WHERE id = ?1";
constexpr const char* kRemove = "DELETE FROM function WHERE id = ?1";

Result<FunctionId> read_id(const Statement& row) {
  Columns from(row);
  return from.checked(from.id<FunctionId>(0));
}

constexpr const char* kVersionRecords =
    "SELECT v.number, v.number = f.active, v.sha256, v.size, v.compiled_size, v.created, v.message, v.was_live, "
    "v.source "
    "FROM function f JOIN version v ON v.function = f.id WHERE f.owner = ?1 AND f.name = ?2 ORDER BY v.number DESC";

Result<VersionRecord> read_version_record(const Statement& row) {
  enum Column : int { kNumber, kIsActive, kSha256, kSize, kCompiledSize, kCreated, kMessage, kWasLive, kSource };
  Columns from(row);
  VersionRecord out;
  out.number = from.count(kNumber);
  out.active = from.flag(kIsActive);
  out.sha256 = from.digest(kSha256);
  out.size = from.size(kSize);
  out.compiled_size = from.size(kCompiledSize);
  out.created = from.time(kCreated);
  out.message = from.text(kMessage);
  out.was_live = from.flag(kWasLive);
  out.source = from.text(kSource);
  return from.checked(std::move(out));
}

constexpr const char* kVersions =
    "SELECT number, sha256, was_live FROM version WHERE function = ?1 ORDER BY number DESC";

Result<VersionRow> read_version(const Statement& row) {
  enum Column : int { kNumber, kSha256, kWasLive };
  Columns from(row);
  const VersionRow out{from.count(kNumber), from.digest(kSha256), from.flag(kWasLive)};
  return from.checked(out);
}

constexpr const char* kContent =
    "SELECT number, sha256, size, imports, settings, cron FROM version WHERE function = ?1 AND number = ?2";

Result<VersionContent> read_content(const Statement& row) {
  enum Column : int { kNumber, kSha256, kSize, kImports, kSettings, kCron };
  Columns from(row);
  VersionContent out;
  out.number = from.count(kNumber);
  out.sha256 = from.digest(kSha256);
  out.size = from.size(kSize);
  out.imports = from.parsed(strings_from_json(from.text(kImports)));
  out.settings = from.parsed(settings_from_json(from.text(kSettings)));
  out.settings.cron = from.parsed(cron_jobs_from_json(from.text(kCron)));
  return from.checked(std::move(out));
}

constexpr const char* kPackages =
    "SELECT p.name, p.version, p.source FROM version_package u JOIN package p ON p.id = u.package "
    "WHERE u.function = ?1 AND u.number = ?2 ORDER BY p.name, p.version, p.source";

Result<PackageRecord> read_package(const Statement& row) {
  enum Column : int { kName, kVersion, kSource };
  Columns from(row);
  PackageRecord out{from.text(kName), from.text(kVersion), from.text(kSource)};
  return from.checked(std::move(out));
}

constexpr const char* kUses = "SELECT 1 FROM version WHERE sha256 = ?1 LIMIT 1";
constexpr const char* kInsertVersion =
    "INSERT INTO version (function, number, sha256, size, compiled_size, imports, settings, cron, created, message, "
    "assets, source) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
constexpr const char* kRemoveVersion = "DELETE FROM version WHERE function = ?1 AND number = ?2";

constexpr const char* kEvidence =
    "SELECT v.number FROM version v JOIN function f ON f.id = v.function WHERE f.id = ?1 AND v.was_live = 1 AND "
    "v.created <= f.suspended";

constexpr const char* kKeptForAnother = "SELECT 1 FROM tombstone WHERE name = ?1 AND owner <> ?2 AND until > ?3";
constexpr const char* kBury =
    "INSERT INTO tombstone (name, owner, until) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET owner = ?2, "
    "until = ?3";

constexpr const char* kPackageUses =
    "SELECT f.name, o.login, u.number, u.number = f.active, p.name, p.version, p.source FROM package p "
    "JOIN version_package u ON u.package = p.id JOIN function f ON f.id = u.function JOIN owner o ON o.id = f.owner "
    "WHERE p.folded_name = replace(lower(?1), '_', '-') ORDER BY f.name, u.number, p.version";

Result<PackageUse> read_use(const Statement& row) {
  enum Column : int { kFunctionName, kLogin, kNumber, kIsActive, kPackage, kPackageVersion, kSource };
  Columns from(row);
  PackageUse out;
  out.function = from.text(kFunctionName);
  out.owner = from.text(kLogin);
  out.number = from.count(kNumber);
  out.active = from.flag(kIsActive);
  out.package = {from.text(kPackage), from.text(kPackageVersion), from.text(kSource)};
  return from.checked(std::move(out));
}

constexpr const char* kInsertPackage =
    "INSERT INTO package (name, version, source) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
constexpr const char* kInsertUse =
    "INSERT INTO version_package (function, number, package) SELECT ?1, ?2, id FROM package "
    "WHERE name = ?3 AND version = ?4 AND source = ?5 ON CONFLICT DO NOTHING";

}  // namespace

Result<std::optional<FunctionRow>> function(Database& database, const FunctionName& name) {
  return first_row(database, kFunction, read_function, name.str());
}

Result<std::optional<FunctionRecord>> record(Database& database, OwnerId owner, const FunctionName& name) {
  return first_row(database, kRecord, read_record, owner, name.str());
}

Result<std::vector<FunctionRecord>> records(Database& database, OwnerId owner, std::string_view after,
                                            std::uint32_t most) {
  return all_rows(database, kRecords, read_record, owner, after, most);
}

Result<std::vector<FunctionRecord>> records_with(Database& database, OwnerId owner, std::string_view part,
                                                 std::string_view after, std::uint32_t most) {
  return all_rows(database, kRecordsWith, read_record, owner, after, most, "%" + std::string(part) + "%");
}

Result<> visit_names(Database& database, const std::function<void(std::string_view)>& visit) {
  const auto go_on = [&visit](const std::string& name) {
    visit(name);
    return true;
  };
  return visit_rows(database, kNames, read_name, go_on);
}

Result<bool> owns_any(Database& database, OwnerId owner) { return any_row(database, kOwnsAny, owner); }

Result<FunctionId> insert(Database& database, OwnerId owner, const FunctionName& name, SystemTime now) {
  return inserted(database, kInsert, read_id, name.str(), owner, now);
}

Result<> activate(Database& database, FunctionId function, std::uint32_t number, SystemTime now) {
  return run(database, kActivate, function, number, now);
}

Result<> take_number(Database& database, FunctionId function, std::uint32_t number, SystemTime now) {
  return run(database, kTakeNumber, function, number + 1, now);
}

Result<> lock(Database& database, FunctionId function, std::string_view reason, SystemTime now) {
  return run(database, kLock, function, reason, now);
}

Result<> suspend(Database& database, FunctionId function, std::string_view reason, SystemTime now) {
  return run(database, kSuspend, function, reason, now);
}

Result<> resume(Database& database, FunctionId function) { return run(database, kResume, function); }

Result<> unlock(Database& database, FunctionId function) { return run(database, kUnlock, function); }

Result<> give(Database& database, FunctionId function, OwnerId to) { return run(database, kGive, function, to); }

Result<> remove(Database& database, FunctionId function) { return run(database, kRemove, function); }

Result<std::vector<VersionRecord>> version_records(Database& database, OwnerId owner, const FunctionName& name) {
  return all_rows(database, kVersionRecords, read_version_record, owner, name.str());
}

Result<std::vector<VersionRow>> versions(Database& database, FunctionId function) {
  return all_rows(database, kVersions, read_version, function);
}

Result<std::optional<VersionContent>> content(Database& database, FunctionId function, std::uint32_t number) {
  ASSIGN_OR_RETURN(auto found, first_row(database, kContent, read_content, function, number));
  if (!found) return found;
  ASSIGN_OR_RETURN(found->packages, all_rows(database, kPackages, read_package, function, number));
  return found;
}

Result<bool> uses(Database& database, const Sha256& sha256) { return any_row(database, kUses, sha256); }

Result<> insert_version(Database& database, FunctionId function, std::uint32_t number, const NewVersion& version,
                        SystemTime now) {
  return run(database, kInsertVersion, function, number, version.sha256, version.size, version.compiled_size,
             strings_to_json(version.imports), settings_to_json(version.settings),
             cron_jobs_to_json(version.settings.cron), now, version.message, version.settings.assets, version.source);
}

Result<> remove_version(Database& database, FunctionId function, std::uint32_t number) {
  return run(database, kRemoveVersion, function, number);
}

Result<std::vector<std::uint32_t>> evidence(Database& database, FunctionId function) {
  const auto read = [](const Statement& row) -> Result<std::uint32_t> {
    Columns from(row);
    return from.checked(from.count(0));
  };
  return all_rows(database, kEvidence, read, function);
}

Result<bool> is_kept_for_another(Database& database, const FunctionName& name, OwnerId owner, SystemTime now) {
  return any_row(database, kKeptForAnother, name.str(), owner, now);
}

Result<> bury(Database& database, const FunctionName& name, OwnerId owner, SystemTime until) {
  return run(database, kBury, name.str(), owner, until);
}

Result<> visit_uses(Database& database, std::string_view package, const std::function<void(const PackageUse&)>& visit) {
  const auto go_on = [&visit](const PackageUse& use) {
    visit(use);
    return true;
  };
  return visit_rows(database, kPackageUses, read_use, go_on, package);
}

Result<> insert_packages(Database& database, FunctionId function, std::uint32_t number,
                         const std::vector<PackageRecord>& packages) {
  for (const PackageRecord& package : packages) {
    RETURN_IF_ERROR(run(database, kInsertPackage, package.name, package.version, package.source));
    RETURN_IF_ERROR(run(database, kInsertUse, function, number, package.name, package.version, package.source));
  }
  return {};
}

}  // namespace faasta::store::catalog_rows
