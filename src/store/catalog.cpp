#include "store/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/version_label.hpp"
#include "store/account_rows.hpp"
#include "store/alias_rows.hpp"
#include "store/asset_rows.hpp"
#include "store/audit_rows.hpp"
#include "store/catalog_rows.hpp"
#include "store/catalog_rules.hpp"
#include "store/connections.hpp"
#include "store/own_function.hpp"
#include "store/rollout_rows.hpp"
#include "store/route_rows.hpp"
#include "store/secret_rows.hpp"

// Each change reads rows, checks the rules, and writes rows.

namespace faasta::store {
namespace {

namespace rows = catalog_rows;
namespace rules = catalog_rules;

/// No owner has this number.
constexpr OwnerId kNobody{0};

std::string id_text(OwnerId owner) { return "#" + std::to_string(static_cast<std::int64_t>(owner)); }

/// Reads how much the owner has used, and the owner's quota. `defaults`: the default quota, for owners without their
/// own figures.
Result<rules::Allowance> allowance(Database& database, OwnerId owner, const Quota& defaults, SystemTime now) {
  ASSIGN_OR_RETURN(const auto holdings, account_rows::holdings(database, owner, now - rules::kDeployWindow, now));
  if (!holdings) return fail(Code::owner_not_found, id_text(owner));
  return rules::Allowance{holdings->usage, with_overrides(defaults, holdings->quota_overrides),
                          holdings->oldest_deploy};
}

Result<> no_rollout(Database& database, FunctionId function) {
  ASSIGN_OR_RETURN(const auto candidate, rollout_rows::candidate(database, function));
  return rules::no_rollout(candidate);
}

Result<> add_assets(Database& database, FunctionId function, const NewVersion& version) {
  const Sha256& manifest = *version.settings.assets;
  RETURN_IF_ERROR(asset_rows::insert(database, function, manifest, version.assets));
  if (!version.assets.empty()) return {};
  ASSIGN_OR_RETURN(const bool there, asset_rows::has(database, function, manifest));
  if (!there) return fail(Code::assets_missing, "the manifest " + manifest.hex());
  return {};
}

/// Inserts the version, with its alias. Makes it the active version if it asks for that.
Result<> add_version(Database& database, FunctionId function, std::uint32_t number, const NewVersion& version,
                     SystemTime now) {
  if (version.settings.assets) RETURN_IF_ERROR(add_assets(database, function, version));
  RETURN_IF_ERROR(rows::insert_version(database, function, number, version, now));
  RETURN_IF_ERROR(rows::insert_packages(database, function, number, version.packages));
  RETURN_IF_ERROR(rows::take_number(database, function, number, now));
  if (version.activate) RETURN_IF_ERROR(rows::activate(database, function, number, now));
  if (version.alias.empty()) return {};
  ASSIGN_OR_RETURN(const auto aliases, alias_rows::of_function(database, function));
  RETURN_IF_ERROR(rules::may_have_alias(aliases, version.alias));
  return alias_rows::set(database, function, version.alias, number);
}

/// Deletes the oldest versions, so that `kept` versions stay: the active one, the one to which a rollback would go, and
/// the newest others. `added`, versions with an alias, the candidate of a rollout, and the evidence of a suspended
/// function stay in any case. Adds the digests of the deleted versions and files to `out`.
Result<> prune(Database& database, FunctionId function, const FunctionName& name, std::uint32_t active,
               std::uint32_t added, std::uint32_t kept, Activated& out) {
  std::vector<std::uint32_t> needed{active, added};
  ASSIGN_OR_RETURN(const auto versions, rows::versions(database, function));
  ASSIGN_OR_RETURN(const auto aliases, alias_rows::of_function(database, function));
  for (const AliasRecord& alias : aliases) needed.push_back(alias.version);
  ASSIGN_OR_RETURN(const auto candidate, rollout_rows::candidate(database, function));
  if (candidate) needed.push_back(*candidate);
  ASSIGN_OR_RETURN(const auto evidence, rows::evidence(database, function));
  needed.insert(needed.end(), evidence.begin(), evidence.end());
  // Otherwise versions that never were live could push it out.
  if (const auto before = rules::rollback_target(versions, active, std::nullopt, name);
      before && kept > 1 && std::ranges::find(needed, *before) == needed.end()) {
    needed.push_back(*before);
    --kept;
  }
  for (const VersionRow& version : rules::to_prune(versions, needed, kept)) {
    ASSIGN_OR_RETURN(const auto files, asset_rows::only_of_version(database, function, version.number));
    out.dropped_assets.insert(out.dropped_assets.end(), files.begin(), files.end());
    RETURN_IF_ERROR(rows::remove_version(database, function, version.number));
    out.dropped.push_back(version.sha256);
  }
  return {};
}

/// Copies all generations of a function's secrets to its new owner.
Result<> give_secrets(Database& database, OwnerId from, OwnerId to, const FunctionName& function,
                      const Catalog::Reseal& reseal) {
  ASSIGN_OR_RETURN(const auto prepared, secret_rows::generations(database, to, function.str()));
  for (const SecretGeneration& one : prepared)
    RETURN_IF_ERROR(secret_rows::remove(database, to, function.str(), one.record.name));
  ASSIGN_OR_RETURN(const auto generations, secret_rows::generations(database, from, function.str()));
  ASSIGN_OR_RETURN(const auto values, secret_rows::sealed(database, from, function.str()));
  for (std::size_t i = 0; i < values.size(); ++i) {  // both are in the same order
    ASSIGN_OR_RETURN(const SealedSecret sealed, reseal(values[i]));
    const auto& [record, size] = generations.at(i);
    RETURN_IF_ERROR(secret_rows::insert(database, to, function.str(), sealed, size, record.actor, record.created));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::open(std::shared_ptr<Connections> connections, ReservedNames reserved) {
  std::unique_ptr<Catalog> catalog(new Catalog(std::move(connections), reserved));
  RETURN_IF_ERROR(catalog->changed_outside());
  return catalog;
}

Result<std::optional<Deployed>> Catalog::find(std::string_view name, std::string_view label) {
  return connections_->route([&](Database& database) -> Result<std::optional<Deployed>> {
    const auto number = version_of_label(label);
    ASSIGN_OR_RETURN(auto found, label.empty() ? route_rows::active(database, name)
                                 : number      ? route_rows::version(database, name, *number)
                                               : route_rows::aliased(database, name, label));
    if (found) return found;
    ASSIGN_OR_RETURN(const auto suspended, route_rows::suspension(database, name));
    if (suspended) return fail(Code::function_suspended, *suspended);
    return found;
  });
}

Result<bool> Catalog::uses(const Sha256& sha256) {
  return connections_->read([&](Database& database) { return rows::uses(database, sha256); });
}

Result<bool> Catalog::uses_asset(const Sha256& sha256) {
  return connections_->read([&](Database& database) { return asset_rows::uses(database, sha256); });
}

Result<FunctionAssets> Catalog::assets(OwnerId owner, const FunctionName& name, const Sha256& manifest) {
  return connections_->read([&](Database& database) -> Result<FunctionAssets> {
    ASSIGN_OR_RETURN(const auto function, rows::function(database, name));
    RETURN_IF_ERROR(rules::not_anothers(function, owner, name));
    FunctionAssets out;
    if (!function) return out;
    ASSIGN_OR_RETURN(out.has_manifest, asset_rows::has(database, function->id, manifest));
    ASSIGN_OR_RETURN(out.files, asset_rows::of_function(database, function->id));
    return out;
  });
}

Result<> Catalog::may_store(OwnerId owner, std::uint64_t bytes, const Quota& defaults) {
  return connections_->read([&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const auto allowed, allowance(database, owner, defaults, system_now()));
    return rules::assets_fit(allowed, bytes);
  });
}

Result<> Catalog::for_each_name(const std::function<void(std::string_view)>& visit) {
  return connections_->read([&](Database& database) { return rows::visit_names(database, visit); });
}

Result<OwnerId> Catalog::owner_of(const FunctionName& name) {
  ASSIGN_OR_RETURN(const auto function,
                   connections_->read([&](Database& database) { return rows::function(database, name); }));
  if (!function) return fail(Code::function_not_found, "'" + name.str() + "'");
  return function->owner;
}

Result<> Catalog::for_each_use(std::string_view name, const std::function<void(const PackageUse&)>& visit) {
  return connections_->read([&](Database& database) { return rows::visit_uses(database, name, visit); });
}

Result<std::vector<FunctionRecord>> Catalog::functions(OwnerId owner, std::string_view after, std::uint32_t most) {
  return connections_->read([&](Database& database) { return rows::records(database, owner, after, most); });
}

Result<std::vector<FunctionRecord>> Catalog::functions_with(OwnerId owner, std::string_view part,
                                                            std::string_view after, std::uint32_t most) {
  return connections_->read([&](Database& database) { return rows::records_with(database, owner, part, after, most); });
}

Result<FunctionRecord> Catalog::function(OwnerId owner, const FunctionName& name) {
  ASSIGN_OR_RETURN(auto found,
                   connections_->read([&](Database& database) { return rows::record(database, owner, name); }));
  if (!found) return fail(Code::function_not_found, "'" + name.str() + "'");
  return *std::move(found);
}

Result<std::vector<VersionRecord>> Catalog::versions(OwnerId owner, const FunctionName& name) {
  return connections_->read([&](Database& database) -> Result<std::vector<VersionRecord>> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, owner, name));
    ASSIGN_OR_RETURN(auto found, rows::version_records(database, owner, name));
    ASSIGN_OR_RETURN(const auto aliases, alias_rows::of_function(database, function.id));
    for (VersionRecord& version : found)
      for (const AliasRecord& alias : aliases)
        if (alias.version == version.number) version.aliases.push_back(alias.label);
    return found;
  });
}

Result<VersionContent> Catalog::content(OwnerId owner, const FunctionName& name, std::uint32_t version) {
  return connections_->read([&](Database& database) -> Result<VersionContent> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, owner, name));
    ASSIGN_OR_RETURN(auto found, rows::content(database, function.id, version));
    if (!found) return std::unexpected(rules::stored({}, version, name).error());
    return *std::move(found);
  });
}

Result<std::uint32_t> Catalog::rollback_target(OwnerId owner, const FunctionName& name) {
  return connections_->read([&](Database& database) -> Result<std::uint32_t> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, owner, name));
    ASSIGN_OR_RETURN(const auto versions, rows::versions(database, function.id));
    return rules::rollback_target(versions, function.active, std::nullopt, name);
  });
}

Result<> Catalog::may_deploy(OwnerId owner, const FunctionName& name, bool activate, const Quota& defaults) {
  return connections_->read([&](Database& database) -> Result<> {
    const SystemTime now = system_now();
    ASSIGN_OR_RETURN(const auto function, rows::function(database, name));
    RETURN_IF_ERROR(rules::not_anothers(function, owner, name));
    RETURN_IF_ERROR(rules::may_add_version(function, activate, name));
    if (function && activate) RETURN_IF_ERROR(no_rollout(database, function->id));
    if (!function) {
      ASSIGN_OR_RETURN(const bool kept, rows::is_kept_for_another(database, name, owner, now));
      RETURN_IF_ERROR(rules::may_take(name, reserved_, kept));
    }
    ASSIGN_OR_RETURN(const auto allowed, allowance(database, owner, defaults, now));
    return rules::may_deploy(allowed, !function, now);
  });
}

Result<Activated> Catalog::deploy(const Actor& actor, const FunctionName& name, const NewVersion& version,
                                  const Quota& defaults) {
  return connections_->change(actor, [&](Database& database) -> Result<Activated> {
    const SystemTime now = system_now();
    ASSIGN_OR_RETURN(const auto function, rows::function(database, name));
    RETURN_IF_ERROR(rules::not_anothers(function, actor.owner, name));
    RETURN_IF_ERROR(rules::may_add_version(function, version.activate, name));
    if (function && version.activate) RETURN_IF_ERROR(no_rollout(database, function->id));
    RETURN_IF_ERROR(rules::may_replace(function, version.replaces));
    ASSIGN_OR_RETURN(const auto before, allowance(database, actor.owner, defaults, now));
    RETURN_IF_ERROR(rules::may_deploy(before, !function, now));

    Activated out;
    if (function) {
      out = {function->id, function->next, function->active, {}};
    } else {
      ASSIGN_OR_RETURN(const bool kept, rows::is_kept_for_another(database, name, actor.owner, now));
      RETURN_IF_ERROR(rules::may_take(name, reserved_, kept));
      ASSIGN_OR_RETURN(out.function, rows::insert(database, actor.owner, name, now));
      out.version = 1;
    }
    RETURN_IF_ERROR(add_version(database, out.function, out.version, version, now));
    const std::string detail =
        fmt::format("version {} sha256 {}{}", out.version, version.sha256.hex(), version.activate ? "" : " not live");
    RETURN_IF_ERROR(audit_rows::append(database, {actor, "deploy", name.str(), detail}));
    const std::uint32_t active = version.activate ? out.version : function->active;
    RETURN_IF_ERROR(prune(database, out.function, name, active, out.version, before.quota.kept_versions, out));

    ASSIGN_OR_RETURN(const auto after, allowance(database, actor.owner, defaults, now));
    RETURN_IF_ERROR(rules::fits(after));
    return out;
  });
}

Result<Activated> Catalog::roll_back(const Actor& actor, const FunctionName& name,
                                     std::optional<std::uint32_t> version) {
  return connections_->change(actor, [&](Database& database) -> Result<Activated> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    ASSIGN_OR_RETURN(const auto versions, rows::versions(database, function.id));
    ASSIGN_OR_RETURN(const std::uint32_t target, rules::rollback_target(versions, function.active, version, name));
    const Activated out{function.id, target, function.active, {}};
    if (target == function.active) return out;
    if (!actor.by_operator) RETURN_IF_ERROR(rules::not_locked(function));
    RETURN_IF_ERROR(no_rollout(database, function.id));
    RETURN_IF_ERROR(rows::activate(database, function.id, target, system_now()));
    RETURN_IF_ERROR(audit_rows::append(database, {actor, "rollback", name.str(), "version " + std::to_string(target)}));
    return out;
  });
}

Result<Activated> Catalog::remove(const Actor& actor, const FunctionName& name) {
  return connections_->change(actor, [&](Database& database) -> Result<Activated> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    if (!actor.by_operator) RETURN_IF_ERROR(rules::may_delete(function));
    ASSIGN_OR_RETURN(const auto versions, rows::versions(database, function.id));
    ASSIGN_OR_RETURN(const auto files, asset_rows::of_function(database, function.id));
    RETURN_IF_ERROR(rows::remove(database, function.id));
    // Only the operator deletes a suspended function: its owner must not get the name back at once.
    const OwnerId kept_for = function.suspended ? kNobody : actor.owner;
    RETURN_IF_ERROR(rows::bury(database, name, kept_for, rules::kept_until(system_now())));
    RETURN_IF_ERROR(audit_rows::append(database, {actor, "delete", name.str(), {}}));
    Activated out{function.id, 0, function.active, rules::digests(versions)};
    for (const StoredAsset& file : files) out.dropped_assets.push_back(file.sha256);
    return out;
  });
}

Result<> Catalog::transfer(const Actor& actor, const FunctionName& name, OwnerId to, const Reseal& reseal) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    ASSIGN_OR_RETURN(const bool there, account_rows::exists(database, to));
    if (!there) return fail(Code::owner_not_found, id_text(to));
    if (actor.owner == to) return {};  // nothing changes: its secrets stay
    if (reseal) RETURN_IF_ERROR(give_secrets(database, actor.owner, to, name, reseal));
    RETURN_IF_ERROR(rows::give(database, function.id, to));  // a trigger deletes the secrets of the old owner
    const std::string detail =
        "to owner " + std::to_string(static_cast<std::int64_t>(to)) + (reseal ? " with its secrets" : "");
    return audit_rows::append(database, {actor, "transfer", name.str(), detail});
  });
}

Result<> Catalog::suspend(const Actor& actor, const FunctionName& name, std::string_view reason) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    RETURN_IF_ERROR(rows::suspend(database, function.id, reason, system_now()));
    return audit_rows::append(database, {actor, "function_suspend", name.str(), reason});
  });
}

Result<> Catalog::resume(const Actor& actor, const FunctionName& name) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    RETURN_IF_ERROR(rows::resume(database, function.id));
    return audit_rows::append(database, {actor, "function_resume", name.str(), {}});
  });
}

Result<bool> Catalog::changed_outside() {
  ASSIGN_OR_RETURN(const std::int64_t now, connections_->commits_of_others());
  return seen_commits_.exchange(now) != now;
}

}  // namespace faasta::store
