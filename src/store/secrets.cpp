#include "store/secrets.hpp"

#include <algorithm>

#include "store/account_rows.hpp"
#include "store/audit_rows.hpp"
#include "store/catalog_rows.hpp"
#include "store/catalog_rules.hpp"
#include "store/connections.hpp"
#include "store/secret_rows.hpp"
#include "store/secret_rules.hpp"

namespace faasta::store {
namespace {

namespace rows = secret_rows;
namespace rules = secret_rules;

std::unexpected<Error> no_such(std::string_view name) {
  return fail(Code::secret_not_found, "'" + std::string(name) + "'");
}

/// Returns the generations of one secret, the newest first.
std::vector<SecretRecord> of_name(std::span<const SecretGeneration> generations, std::string_view name) {
  std::vector<SecretRecord> out;
  for (const auto& one : generations)
    if (one.record.name == name) out.push_back(one.record);
  return out;
}

Result<> check_quota(Database& database, const Actor& actor, std::span<const SecretGeneration> there,
                     const Variables& values, const Quota& defaults, SystemTime now) {
  const auto live = rules::live(there);
  const auto is_new = [&](const auto& item) {
    return std::ranges::find(live, item.first, &SecretRecord::name) == live.end();
  };
  const auto added = static_cast<std::uint32_t>(std::ranges::count_if(values, is_new));
  ASSIGN_OR_RETURN(const auto holdings, account_rows::holdings(database, actor.owner, now, now));
  const Quota quota = holdings ? with_overrides(defaults, holdings->quota_overrides) : defaults;
  ASSIGN_OR_RETURN(const SecretUsage usage, rows::usage(database, actor.owner));
  return rules::may_add(usage, added, quota);
}

}  // namespace

Result<std::vector<SecretRecord>> Secrets::set(const Actor& actor, const FunctionName& function,
                                               const Variables& values, const Quota& defaults, const Seal& seal) {
  return connections_->change(actor, [&](Database& database) -> Result<std::vector<SecretRecord>> {
    const SystemTime now = system_now();
    ASSIGN_OR_RETURN(const auto known, catalog_rows::function(database, function));
    RETURN_IF_ERROR(catalog_rules::not_anothers(known, actor.owner, function));
    ASSIGN_OR_RETURN(const auto before, rows::generations(database, actor.owner, function.str()));
    RETURN_IF_ERROR(rules::fits(before, values));
    RETURN_IF_ERROR(check_quota(database, actor, before, values, defaults, now));
    const std::string who = "token " + std::to_string(static_cast<std::int64_t>(actor.token));
    std::string detail;
    for (const auto& [name, value] : values) {
      auto all = of_name(before, name);
      const std::uint32_t generation = all.empty() ? 1 : all.front().generation + 1;
      ASSIGN_OR_RETURN(const SealedSecret row, seal(name, generation, value));
      RETURN_IF_ERROR(rows::insert(database, actor.owner, function.str(), row, value.size(), who, now));
      all.insert(all.begin(), {.name = name, .generation = generation});
      for (const std::uint32_t old : rules::to_prune(all))
        RETURN_IF_ERROR(rows::remove_generation(database, actor.owner, function.str(), name, old));
      detail += (detail.empty() ? "" : ", ") + name + " generation " + std::to_string(generation);
    }
    RETURN_IF_ERROR(audit_rows::append(database, {actor, "secret_set", function.str(), detail}));
    ASSIGN_OR_RETURN(const auto after, rows::generations(database, actor.owner, function.str()));
    return rules::live(after);
  });
}

Result<std::vector<SecretRecord>> Secrets::list(OwnerId owner, const FunctionName& function) {
  ASSIGN_OR_RETURN(const auto found, connections_->read([&](Database& database) {
    return rows::generations(database, owner, function.str());
  }));
  return rules::live(found);
}

Result<> Secrets::remove(const Actor& actor, const FunctionName& function, std::string_view name) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const auto there, rows::generations(database, actor.owner, function.str()));
    if (of_name(there, name).empty()) return no_such(name);
    RETURN_IF_ERROR(rows::remove(database, actor.owner, function.str(), name));
    return audit_rows::append(database, {actor, "secret_delete", function.str(), name});
  });
}

Result<SecretRecord> Secrets::roll_back(const Actor& actor, const FunctionName& function, std::string_view name) {
  return connections_->change(actor, [&](Database& database) -> Result<SecretRecord> {
    ASSIGN_OR_RETURN(const auto there, rows::generations(database, actor.owner, function.str()));
    const auto mine = of_name(there, name);
    if (mine.empty()) return no_such(name);
    if (mine.size() == 1)
      return fail(Code::secret_not_found, "'" + std::string(name) + "' has no earlier value that is still stored");
    RETURN_IF_ERROR(rows::remove_generation(database, actor.owner, function.str(), name, mine.front().generation));
    const std::string detail = std::string(name) + " generation " + std::to_string(mine[1].generation);
    RETURN_IF_ERROR(audit_rows::append(database, {actor, "secret_rollback", function.str(), detail}));
    SecretRecord out = mine[1];
    out.kept = static_cast<std::uint32_t>(mine.size() - 1);
    return out;
  });
}

Result<std::vector<SealedSecret>> Secrets::sealed(OwnerId owner, std::string_view function) {
  return connections_->route([&](Database& database) { return rows::newest_sealed(database, owner, function); });
}

Result<std::vector<std::string>> Secrets::keys() {
  return connections_->read([](Database& database) { return rows::keys(database); });
}

Result<> Secrets::note_rotation(std::string_view key) {
  return connections_->change([&](Database& database) {
    return audit_rows::append(database, {{.by_operator = true}, "key_rotate", "", "key " + std::string(key)});
  });
}

Result<std::size_t> Secrets::reseal(std::string_view key, std::uint32_t most,
                                    const std::function<Result<SealedSecret>(const SealedPlace&)>& again) {
  return connections_->change([&](Database& database) -> Result<std::size_t> {
    ASSIGN_OR_RETURN(auto found, rows::sealed_by_others(database, key, most));
    for (SealedPlace& place : found) {
      ASSIGN_OR_RETURN(place.secret, again(place));
      RETURN_IF_ERROR(rows::reseal(database, place));
    }
    return found.size();
  });
}

}  // namespace faasta::store
