#include "store/catalog_statements.hpp"

#include <fmt/format.h>

#include "store/settings_json.hpp"

namespace faasta::store {

/// The columns that catalog.cpp reads as a FunctionRecord, in its order.
#define FAASTA_FUNCTION_COLUMNS                                                              \
  "SELECT f.id, f.name, f.active, f.created, f.updated, v.sha256, v.size, v.compiled_size, " \
  "v.imports, v.settings, (SELECT count(*) FROM version WHERE function = f.id) "             \
  "FROM function f JOIN version v ON v.function = f.id AND v.number = f.active "

/// What an owner has, and how the quota differs from the defaults; ?2: an hour ago.
#define FAASTA_USAGE                                                                    \
  "SELECT functions, stored_bytes, quota, "                                             \
  "(SELECT count(*) FROM audit WHERE owner = ?1 AND action = 'deploy' AND time > ?2), " \
  "(SELECT min(time) FROM audit WHERE owner = ?1 AND action = 'deploy' AND time > ?2) FROM owner WHERE id = ?1"

Result<> Catalog::Statements::prepare() {
  const ToPrepare kAll[] = {
      {&find_active, &route, "SELECT function, version, sha256, settings, owner FROM route WHERE name = ?1"},
      {&find_version, &route,
       "SELECT f.id, v.number, v.sha256, v.settings, f.owner FROM function f JOIN owner o ON o.id = f.owner AND "
       "o.suspended IS NULL JOIN version v ON v.function = f.id AND v.number = ?2 WHERE f.name = ?1"},
      {&suspended, &route,
       "SELECT 1 FROM function f JOIN owner o ON o.id = f.owner AND o.suspended IS NOT NULL WHERE f.name = ?1"},
      {&data_version, &write, "PRAGMA data_version"},
      {&uses, &read, "SELECT 1 FROM version WHERE sha256 = ?1 LIMIT 1"},
      {&list, &read, FAASTA_FUNCTION_COLUMNS "WHERE f.owner = ?1 AND f.name > ?2 ORDER BY f.name LIMIT ?3"},
      {&get, &read, FAASTA_FUNCTION_COLUMNS "WHERE f.owner = ?1 AND f.name = ?2"},
      {&versions, &read,
       "SELECT v.number, v.number = f.active, v.sha256, v.size, v.compiled_size, v.created, v.message FROM function "
       "f JOIN version v ON v.function = f.id WHERE f.owner = ?1 AND f.name = ?2 ORDER BY v.number DESC"},
      {&name_owner, &read, "SELECT owner FROM function WHERE name = ?1"},
      {&tombstone, &read, "SELECT 1 FROM tombstone WHERE name = ?1 AND owner <> ?2 AND until > ?3"},
      {&usage, &read, FAASTA_USAGE},
      {&w_function, &write, "SELECT id, owner, active, next_version FROM function WHERE name = ?1"},
      {&w_tombstone, &write, "SELECT 1 FROM tombstone WHERE name = ?1 AND owner <> ?2 AND until > ?3"},
      {&w_usage, &write, FAASTA_USAGE},
      {&w_insert_function, &write,
       "INSERT INTO function (name, owner, active, next_version, created, updated) VALUES (?1, ?2, 0, 1, ?3, ?3)"},
      {&w_insert_version, &write,
       "INSERT INTO version (function, number, sha256, size, compiled_size, imports, settings, created, message) "
       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
      {&w_activate, &write,
       "UPDATE function SET active = ?2, next_version = max(next_version, ?2 + 1), updated = ?3 WHERE id = ?1"},
      {&w_prune_list, &write,
       "SELECT number, sha256 FROM version WHERE function = ?1 AND number <> ?2 ORDER BY number DESC LIMIT -1 OFFSET "
       "?3"},
      {&w_prune, &write, "DELETE FROM version WHERE function = ?1 AND number = ?2"},
      {&w_previous, &write, "SELECT max(number) FROM version WHERE function = ?1 AND number < ?2"},
      {&w_has_version, &write, "SELECT 1 FROM version WHERE function = ?1 AND number = ?2"},
      {&w_delete, &write, "DELETE FROM function WHERE id = ?1"},
      {&w_version_shas, &write, "SELECT DISTINCT sha256 FROM version WHERE function = ?1"},
      {&w_bury, &write,
       "INSERT INTO tombstone (name, owner, until) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET owner = ?2, "
       "until = ?3"},
      {&w_transfer, &write, "UPDATE function SET owner = ?2 WHERE id = ?1"},
      {&w_has_owner, &write, "SELECT 1 FROM owner WHERE id = ?1 AND deleted IS NULL"},
      {&w_insert_package, &write, "INSERT OR IGNORE INTO package (name, version, source) VALUES (?1, ?2, ?3)"},
      {&w_insert_use, &write,
       "INSERT OR IGNORE INTO version_package (function, number, package) SELECT ?1, ?2, id FROM package "
       "WHERE name = ?3 AND version = ?4 AND source = ?5"},
  };
  return prepare_all(kAll);
}

Result<bool> Catalog::Statements::any(Statement& query) {
  auto found = query.step();
  query.reset();
  return found;
}

Result<> Catalog::Statements::may_take(Statement& query, OwnerId owner, const FunctionName& name) const {
  if (auto checked = name.check_not_reserved(reserved); !checked) return checked;
  const auto id = static_cast<std::int64_t>(owner);
  const auto buried = any(query.bind(1, name.str()).bind(2, id).bind(3, millis(system_now())));
  if (!buried) return std::unexpected(buried.error());
  if (*buried) return fail(Code::name_taken, "'" + name.str() + "' was deleted by its owner less than 30 days ago");
  return {};
}

Result<Catalog::Statements::Allowance> Catalog::Statements::allowance(Statement& usage, OwnerId owner,
                                                                      const Quota& defaults) {
  constexpr std::chrono::hours kHour{1};
  const SystemTime now = system_now();
  const auto found = usage.bind(1, static_cast<std::int64_t>(owner)).bind(2, millis(now - kHour)).step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(Code::owner_not_found, "#" + std::to_string(static_cast<std::int64_t>(owner)));
  Allowance out;
  out.usage = {static_cast<std::uint32_t>(usage.integer(0)), size_of(usage.integer(1)),
               static_cast<std::uint32_t>(usage.integer(3))};
  out.quota = with_overrides(defaults, usage.text(2));
  if (!usage.is_null(4))
    out.until_next_deploy = std::chrono::ceil<std::chrono::seconds>(time_of(usage.integer(4)) + kHour - now);
  usage.reset();
  return out;
}

Result<> Catalog::Statements::Allowance::may_deploy(bool creates) const {
  if (creates && quota.functions > 0 && usage.functions >= quota.functions)
    return fail(Code::quota_functions, fmt::format("you have {} of {}", usage.functions, quota.functions));
  if (quota.deploys_per_hour == 0 || usage.deploys_last_hour < quota.deploys_per_hour) return {};
  return fail_for_now(Code::quota_deploys,
                      fmt::format("{} in the last hour, of {}", usage.deploys_last_hour, quota.deploys_per_hour),
                      until_next_deploy);
}

Result<std::int64_t> Catalog::Statements::insert_function(OwnerId owner, const FunctionName& name) {
  if (auto free = may_take(*w_tombstone, owner, name); !free) return std::unexpected(free.error());
  w_insert_function->bind(1, name.str()).bind(2, static_cast<std::int64_t>(owner)).bind(3, millis(system_now()));
  if (auto inserted = w_insert_function->run(); !inserted) return std::unexpected(inserted.error());
  return write.last_id();
}

Result<> Catalog::Statements::insert_version(std::int64_t function, std::uint32_t number, const NewVersion& version) {
  const std::int64_t now = millis(system_now());
  w_insert_version->bind(1, function).bind(2, std::int64_t{number}).bind_blob(3, version.sha256.bytes);
  w_insert_version->bind(4, static_cast<std::int64_t>(version.size))
      .bind(5, static_cast<std::int64_t>(version.compiled_size))
      .bind(6, strings_to_json(version.imports));
  w_insert_version->bind(7, settings_to_json(version.settings)).bind(8, now).bind(9, version.message);
  if (auto done = w_insert_version->run(); !done) return done;
  if (auto done = record(function, number, version.packages); !done) return done;
  return w_activate->bind(1, function).bind(2, std::int64_t{number}).bind(3, now).run();
}

Result<std::optional<Catalog::Statements::Row>> Catalog::Statements::row(const FunctionName& name) {
  const auto found = w_function->bind(1, name.str()).step();
  if (!found) return std::unexpected(found.error());
  std::optional<Row> out;
  if (*found) {
    out = Row{w_function->integer(0), OwnerId(w_function->integer(1)),
              static_cast<std::uint32_t>(w_function->integer(2)), static_cast<std::uint32_t>(w_function->integer(3))};
  }
  w_function->reset();
  return out;
}

Result<Catalog::Statements::Row> Catalog::Statements::own_row(OwnerId owner, const FunctionName& name) {
  auto found = row(name);
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->owner != owner) return fail(Code::function_not_found, "'" + name.str() + "'");
  return **found;
}

Result<std::vector<Sha256>> Catalog::Statements::prune(std::int64_t function, std::uint32_t active,
                                                       std::uint32_t kept) {
  std::vector<std::pair<std::int64_t, Sha256>> old;
  w_prune_list->bind(1, function).bind(2, std::int64_t{active}).bind(3, std::int64_t{kept} - 1);
  const auto listed =
      each_row(*w_prune_list, [&](const Statement& row) { old.emplace_back(row.integer(0), digest(row.blob(1))); });
  if (!listed) return std::unexpected(listed.error());
  std::vector<Sha256> dropped;
  for (const auto& [number, sha] : old) {
    if (auto done = w_prune->bind(1, function).bind(2, number).run(); !done) return std::unexpected(done.error());
    dropped.push_back(sha);
  }
  return dropped;
}

}  // namespace faasta::store
