#pragma once
// What a change of the catalog may do, as functions of what was read: no database, no clock. Internal to src/store.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "store/account_records.hpp"
#include "store/catalog_records.hpp"
#include "store/quota.hpp"

namespace faasta::store::catalog_rules {

/// Deploys of the last hour count against a quota.
inline constexpr std::chrono::hours kDeployWindow{1};

/// What an owner has and may have.
struct Allowance {
  Usage usage;
  Quota quota;
  std::optional<SystemTime> oldest_deploy{};  ///< of the last hour
};

/// Fails with name_taken if the function is another owner's.
[[nodiscard]] Result<> not_anothers(const std::optional<FunctionRow>& function, OwnerId owner,
                                    const FunctionName& name);
/// The function, if it is the owner's: what belongs to others is not there. Fails with function_not_found.
[[nodiscard]] Result<FunctionRow> own(const std::optional<FunctionRow>& function, OwnerId owner,
                                      const FunctionName& name);
/// A new function's name. `kept_for_another`: its function was another owner's, and was deleted lately. Fails with
/// reserved_name or name_taken.
[[nodiscard]] Result<> may_take(const FunctionName& name, ReservedNames reserved, bool kept_for_another);
/// Until when the name of a deleted function stays with its owner.
[[nodiscard]] SystemTime kept_until(SystemTime now);

/// `replaces`: the number of the version that has to be the active one, 0 for none. Fails with conflict.
[[nodiscard]] Result<> may_replace(const std::optional<FunctionRow>& function, std::optional<std::uint32_t> replaces);
/// Before a deploy. `creates`: a function. Fails with quota_functions or quota_deploys.
[[nodiscard]] Result<> may_deploy(const Allowance& allowance, bool creates, SystemTime now);
/// After the deploy, when old versions went. Fails with quota_stored.
[[nodiscard]] Result<> fits(const Allowance& allowance);
/// All but the active version and the newest others, so that `kept` are left. `versions`: newest first.
[[nodiscard]] std::vector<VersionRow> to_prune(const std::vector<VersionRow>& versions, std::uint32_t active,
                                               std::uint32_t kept);
/// Each digest once.
[[nodiscard]] std::vector<Sha256> digests(const std::vector<VersionRow>& versions);

/// The version to go back to: `wanted`, or the newest kept one before the active one. Fails with version_not_found or
/// nothing_to_roll_back.
[[nodiscard]] Result<std::uint32_t> rollback_target(const std::vector<VersionRow>& versions, std::uint32_t active,
                                                    std::optional<std::uint32_t> wanted, const FunctionName& name);

}  // namespace faasta::store::catalog_rules
