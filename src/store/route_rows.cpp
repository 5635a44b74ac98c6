#include "store/route_rows.hpp"

#include "base/propagate.hpp"
#include "store/columns.hpp"
#include "store/quota.hpp"
#include "store/settings_json.hpp"

namespace faasta::store::route_rows {
namespace {

constexpr const char* kActive =
    "SELECT function, version, sha256, settings, owner, candidate, per_mille, sticky FROM route WHERE name = ?1";
constexpr const char* kVersion =
    "SELECT f.id, v.number, v.sha256, v.settings, f.owner FROM function f JOIN owner o ON o.id = f.owner AND "
    "o.suspended IS NULL JOIN version v ON v.function = f.id AND v.number = ?2 WHERE f.name = ?1 AND f.suspended IS "
    "NULL";
constexpr const char* kAliased =
    "SELECT f.id, v.number, v.sha256, v.settings, f.owner FROM function f JOIN owner o ON o.id = f.owner AND "
    "o.suspended IS NULL JOIN alias a ON a.function = f.id AND a.label = ?2 "
    "JOIN version v ON v.function = f.id AND v.number = a.version WHERE f.name = ?1 AND f.suspended IS NULL";

Result<Deployed> read_deployed(const Statement& row) {
  enum Column : int { kFunction, kNumber, kSha256, kSettings, kOwner };
  Columns from(row);
  Deployed out;
  out.function = from.id<FunctionId>(kFunction);
  out.owner = from.id<OwnerId>(kOwner);
  out.version = from.count(kNumber);
  out.sha256 = from.digest(kSha256);
  out.settings = from.parsed(settings_from_json(from.text(kSettings)));
  return from.checked(std::move(out));
}

Result<Deployed> read_active(const Statement& row) {
  enum Column : int { kCandidate = 5, kPerMille, kSticky };
  ASSIGN_OR_RETURN(Deployed out, read_deployed(row));
  Columns from(row);
  const std::uint32_t share = from.count(kPerMille);
  if (share > 0) out.rollout = {from.count(kCandidate), share, from.parsed(Sticky::parse(from.text(kSticky)))};
  return from.checked(std::move(out));
}

constexpr const char* kSuspended =
    "SELECT coalesce(f.suspend_reason, '') FROM function f JOIN owner o ON o.id = f.owner WHERE f.name = ?1 AND "
    "(o.suspended IS NOT NULL OR f.suspended IS NOT NULL)";

Result<std::string> read_reason(const Statement& row) {
  Columns from(row);
  return from.checked(from.text(0));
}

constexpr const char* kQuota = "SELECT quota FROM owner WHERE id = ?1 AND deleted IS NULL";

Result<std::string> read_overrides(const Statement& row) {
  Columns from(row);
  std::string out = from.parsed(checked_overrides(from.text(0)));
  return from.checked(std::move(out));
}

}  // namespace

Result<std::optional<Deployed>> active(Database& database, std::string_view name) {
  return first_row(database, kActive, read_active, name);
}

Result<std::optional<Deployed>> version(Database& database, std::string_view name, std::uint32_t number) {
  return first_row(database, kVersion, read_deployed, name, number);
}

Result<std::optional<Deployed>> aliased(Database& database, std::string_view name, std::string_view alias) {
  return first_row(database, kAliased, read_deployed, name, alias);
}

Result<std::optional<std::string>> suspension(Database& database, std::string_view name) {
  return first_row(database, kSuspended, read_reason, name);
}

Result<std::optional<std::string>> quota_overrides(Database& database, OwnerId owner) {
  return first_row(database, kQuota, read_overrides, owner);
}

Result<> warm_up(Database& database) {
  for (const char* sql : {kActive, kVersion, kAliased, kSuspended, kQuota}) RETURN_IF_ERROR(database.prepared(sql));
  return {};
}

}  // namespace faasta::store::route_rows
