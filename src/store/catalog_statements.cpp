#include "store/catalog_statements.hpp"

namespace faasta::store {

/// The columns that catalog.cpp reads as a FunctionRecord, in its order.
#define FAASTA_FUNCTION_COLUMNS                                                              \
  "SELECT f.id, f.name, f.active, f.created, f.updated, v.sha256, v.size, v.compiled_size, " \
  "v.imports, v.settings, (SELECT count(*) FROM version WHERE function = f.id) "             \
  "FROM function f JOIN version v ON v.function = f.id AND v.number = f.active "

Result<> Catalog::Statements::prepare() {
  const struct {
    std::optional<Statement>* statement;
    Database* database;
    const char* sql;
  } kAll[] = {
      {&find_active, &read, "SELECT function, version, sha256, settings FROM route WHERE name = ?1"},
      {&find_version, &read,
       "SELECT f.id, v.number, v.sha256, v.settings FROM function f JOIN version v ON v.function = f.id AND v.number "
       "= ?2 WHERE f.name = ?1"},
      {&uses, &read, "SELECT 1 FROM version WHERE sha256 = ?1 LIMIT 1"},
      {&list, &read, FAASTA_FUNCTION_COLUMNS "WHERE f.owner = ?1 ORDER BY f.name"},
      {&get, &read, FAASTA_FUNCTION_COLUMNS "WHERE f.owner = ?1 AND f.name = ?2"},
      {&versions, &read,
       "SELECT v.number, v.number = f.active, v.sha256, v.size, v.compiled_size, v.created, v.message FROM function "
       "f JOIN version v ON v.function = f.id WHERE f.owner = ?1 AND f.name = ?2 ORDER BY v.number DESC"},
      {&token, &read,
       "SELECT owner FROM token WHERE hash = ?1 AND revoked IS NULL AND (expires IS NULL OR expires > ?2)"},
      {&any_token, &read, "SELECT 1 FROM token LIMIT 1"},
      {&name_owner, &read, "SELECT owner FROM function WHERE name = ?1"},
      {&tombstone, &read, "SELECT 1 FROM tombstone WHERE name = ?1 AND owner <> ?2 AND until > ?3"},
      {&count, &read, "SELECT count(*) FROM function WHERE owner = ?1"},
      {&w_function, &write, "SELECT id, owner, active, next_version FROM function WHERE name = ?1"},
      {&w_tombstone, &write, "SELECT 1 FROM tombstone WHERE name = ?1 AND owner <> ?2 AND until > ?3"},
      {&w_count, &write, "SELECT count(*) FROM function WHERE owner = ?1"},
      {&w_insert_function, &write,
       "INSERT INTO function (name, owner, active, next_version, created, updated) VALUES (?1, ?2, 0, 1, ?3, ?3)"},
      {&w_insert_version, &write,
       "INSERT INTO version (function, number, sha256, size, compiled_size, imports, settings, created, message) "
       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
      {&w_activate, &write,
       "UPDATE function SET active = ?2, next_version = max(next_version, ?2 + 1), updated = ?3 WHERE id = ?1"},
      {&w_audit, &write, "INSERT INTO audit (time, owner, action, name, detail) VALUES (?1, ?2, ?3, ?4, ?5)"},
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
      {&w_insert_token, &write, "INSERT OR IGNORE INTO token (hash, owner, scope, created) VALUES (?1, ?2, ?3, ?4)"},
  };
  for (const auto& item : kAll) {
    auto prepared = item.database->prepare(item.sql);
    if (!prepared) return std::unexpected(prepared.error());
    item.statement->emplace(std::move(*prepared));
  }
  return {};
}

Result<bool> Catalog::Statements::any(Statement& query) {
  auto found = query.step();
  query.reset();
  return found;
}

Result<> Catalog::Statements::may_create(Statement& tombstone, Statement& count, OwnerId owner,
                                         const FunctionName& name, const Quota& quota) {
  const auto id = static_cast<std::int64_t>(owner);
  const auto buried = any(tombstone.bind(1, name.str()).bind(2, id).bind(3, millis(system_now())));
  if (!buried) return std::unexpected(buried.error());
  if (*buried) return fail(Code::name_taken, "'" + name.str() + "' was deleted by its owner less than 30 days ago");
  if (auto counted = count.bind(1, id).step(); !counted) return std::unexpected(counted.error());
  const std::int64_t have = count.integer(0);
  count.reset();
  if (have < quota.functions) return {};
  return fail(Code::quota_functions, "you have " + std::to_string(have) + " of " + std::to_string(quota.functions));
}

Result<std::int64_t> Catalog::Statements::insert_function(OwnerId owner, const FunctionName& name, const Quota& quota) {
  if (auto allowed = may_create(*w_tombstone, *w_count, owner, name, quota); !allowed)
    return std::unexpected(allowed.error());
  w_insert_function->bind(1, name.str()).bind(2, static_cast<std::int64_t>(owner)).bind(3, millis(system_now()));
  if (auto inserted = w_insert_function->run(); !inserted) return std::unexpected(inserted.error());
  return write.last_id();
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
  for (;;) {
    const auto more = w_prune_list->step();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    old.emplace_back(w_prune_list->integer(0), digest(w_prune_list->blob(1)));
  }
  w_prune_list->reset();
  std::vector<Sha256> dropped;
  for (const auto& [number, sha] : old) {
    if (auto done = w_prune->bind(1, function).bind(2, number).run(); !done) return std::unexpected(done.error());
    dropped.push_back(sha);
  }
  return dropped;
}
Result<> Catalog::Statements::audit(OwnerId owner, std::string_view action, const FunctionName& name,
                                    std::string_view detail) {
  return w_audit->bind(1, millis(system_now()))
      .bind(2, static_cast<std::int64_t>(owner))
      .bind(3, action)
      .bind(4, name.str())
      .bind(5, detail)
      .run();
}

}  // namespace faasta::store
