#pragma once
// The rules for changes of the catalog, as functions of rows: they use no database and no clock. Internal to src/store.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "store/account_records.hpp"
#include "store/catalog_records.hpp"
#include "store/quota.hpp"

namespace faasta::store::catalog_rules {

/// The quota for deploys counts the deploys of this period.
inline constexpr std::chrono::hours kDeployWindow{1};

/// The used parts of an owner's quota, and the quota.
struct Allowance {
  Usage usage;
  Quota quota;
  std::optional<SystemTime> oldest_deploy{};  ///< the oldest deploy of the last hour
};

/// Fails with name_taken if the function belongs to another owner.
[[nodiscard]] Result<> not_anothers(const std::optional<FunctionRow>& function, OwnerId owner,
                                    const FunctionName& name);
/// Returns the function if it belongs to this owner. Otherwise fails with function_not_found, as if it did not exist.
[[nodiscard]] Result<FunctionRow> own(const std::optional<FunctionRow>& function, OwnerId owner,
                                      const FunctionName& name);
/// Checks the name of a new function. `kept_for_another`: another owner deleted a function of this name recently. Fails
/// with reserved_name or name_taken.
[[nodiscard]] Result<> may_take(const FunctionName& name, ReservedNames reserved, bool kept_for_another);
/// Returns the time until which the name of a deleted function stays reserved for the function's owner.
[[nodiscard]] SystemTime kept_until(SystemTime now);

/// Checks that the right version is active. `replaces`: the number of the version that must be active; 0: no version
/// may be active. Fails with conflict.
[[nodiscard]] Result<> may_replace(const std::optional<FunctionRow>& function, std::optional<std::uint32_t> replaces);
/// Fails with function_locked if the function's live version must stay.
[[nodiscard]] Result<> not_locked(const FunctionRow& function);
/// Whether the owner may delete the function. Fails with function_locked or function_held.
[[nodiscard]] Result<> may_delete(const FunctionRow& function);
/// Fails with rollout_running if a rollout goes on. `candidate`: its version.
[[nodiscard]] Result<> no_rollout(std::optional<std::uint32_t> candidate);
/// Checks that the function may get a version. `activate`: whether the version becomes active. Fails with
/// function_locked; with function_not_found if there is no function and the version does not become active.
[[nodiscard]] Result<> may_add_version(const std::optional<FunctionRow>& function, bool activate,
                                       const FunctionName& name);
/// Checks the quota before a deploy. `creates`: whether the deploy creates the function. Fails with quota_functions or
/// quota_deploys.
[[nodiscard]] Result<> may_deploy(const Allowance& allowance, bool creates, SystemTime now);
/// Checks the quota after a deploy, when the old versions are deleted. Fails with quota_stored if the owner stores too
/// much.
[[nodiscard]] Result<> fits(const Allowance& allowance);
/// Checks whether `bytes` of static files may be added. Fails with quota_assets.
[[nodiscard]] Result<> assets_fit(const Allowance& allowance, std::uint64_t bytes);
/// Returns the versions to delete. The versions in `needed` stay, and of the others the newest `kept` - 1. `versions`:
/// the newest version is the first element.
[[nodiscard]] std::vector<VersionRow> to_prune(const std::vector<VersionRow>& versions,
                                               std::span<const std::uint32_t> needed, std::uint32_t kept);
/// Returns the number of the version if it is stored. Fails with version_not_found.
[[nodiscard]] Result<std::uint32_t> stored(const std::vector<VersionRow>& versions, std::uint32_t wanted,
                                           const FunctionName& name);
/// Checks that a function with these aliases may have the alias `label`. Fails with alias_invalid.
[[nodiscard]] Result<> may_have_alias(const std::vector<AliasRecord>& there, std::string_view label);
/// Returns the digests of the versions, without duplicates.
[[nodiscard]] std::vector<Sha256> digests(const std::vector<VersionRow>& versions);

/// Returns the version that a rollback makes active: `wanted`, or the newest stored version before the active version
/// that was live. Fails with version_not_found or nothing_to_roll_back.
[[nodiscard]] Result<std::uint32_t> rollback_target(const std::vector<VersionRow>& versions, std::uint32_t active,
                                                    std::optional<std::uint32_t> wanted, const FunctionName& name);

}  // namespace faasta::store::catalog_rules
