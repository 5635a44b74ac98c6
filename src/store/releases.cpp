#include "store/releases.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/version_label.hpp"
#include "store/alias_rows.hpp"
#include "store/audit_rows.hpp"
#include "store/catalog_rows.hpp"
#include "store/catalog_rules.hpp"
#include "store/connections.hpp"
#include "store/own_function.hpp"
#include "store/rollout_rows.hpp"

namespace faasta::store {
namespace {

namespace rows = catalog_rows;
namespace rules = catalog_rules;

std::unexpected<Error> no_alias(const FunctionName& name, std::string_view label) {
  return fail(Code::alias_not_found, fmt::format("'{}' has no alias '{}'", name.str(), label));
}

}  // namespace

Result<std::vector<AliasRecord>> Releases::aliases(OwnerId owner, const FunctionName& name) {
  return connections_->read([&](Database& database) -> Result<std::vector<AliasRecord>> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, owner, name));
    return alias_rows::of_function(database, function.id);
  });
}

Result<> Releases::set_alias(const Actor& actor, const FunctionName& name, std::string_view label,
                             std::uint32_t version) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    ASSIGN_OR_RETURN(const auto versions, rows::versions(database, function.id));
    ASSIGN_OR_RETURN(const std::uint32_t target, rules::stored(versions, version, name));
    ASSIGN_OR_RETURN(const auto there, alias_rows::of_function(database, function.id));
    RETURN_IF_ERROR(rules::may_have_alias(there, label));
    RETURN_IF_ERROR(alias_rows::set(database, function.id, label, target));
    const std::string detail = fmt::format("{} is version {}", label, target);
    return audit_rows::append(database, {actor, "alias_set", name.str(), detail});
  });
}

Result<> Releases::remove_alias(const Actor& actor, const FunctionName& name, std::string_view label) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    ASSIGN_OR_RETURN(const auto there, alias_rows::of_function(database, function.id));
    if (std::ranges::find(there, label, &AliasRecord::label) == there.end()) return no_alias(name, label);
    RETURN_IF_ERROR(alias_rows::remove(database, function.id, label));
    return audit_rows::append(database, {actor, "alias_remove", name.str(), label});
  });
}

Result<std::uint32_t> Releases::version_of(OwnerId owner, const FunctionName& name, std::string_view label) {
  return connections_->read([&](Database& database) -> Result<std::uint32_t> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, owner, name));
    if (const auto number = version_of_label(label)) {
      ASSIGN_OR_RETURN(const auto versions, rows::versions(database, function.id));
      return rules::stored(versions, *number, name);
    }
    ASSIGN_OR_RETURN(const auto there, alias_rows::of_function(database, function.id));
    const auto found = std::ranges::find(there, label, &AliasRecord::label);
    if (found == there.end()) return no_alias(name, label);
    return found->version;
  });
}

Result<> Releases::lock(const Actor& actor, const FunctionName& name, std::string_view reason) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    ASSIGN_OR_RETURN(const auto candidate, rollout_rows::candidate(database, function.id));
    RETURN_IF_ERROR(rules::no_rollout(candidate));
    RETURN_IF_ERROR(rows::lock(database, function.id, reason, system_now()));
    return audit_rows::append(database, {actor, "lock", name.str(), reason});
  });
}

Result<> Releases::unlock(const Actor& actor, const FunctionName& name) {
  return connections_->change(actor, [&](Database& database) -> Result<> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, actor.owner, name));
    if (!function.lock_reason) return {};
    RETURN_IF_ERROR(rows::unlock(database, function.id));
    return audit_rows::append(database, {actor, "unlock", name.str(), {}});
  });
}

}  // namespace faasta::store
