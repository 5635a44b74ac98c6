#include "store/catalog_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/propagate.hpp"
#include "base/version_label.hpp"

namespace faasta::store::catalog_rules {
namespace {

constexpr std::chrono::days kNameCoolDown{30};
/// An alias keeps its version from being deleted.
constexpr std::size_t kMostAliases = 20;

std::string quoted(const FunctionName& name) { return "'" + name.str() + "'"; }

}  // namespace

Result<> not_anothers(const std::optional<FunctionRow>& function, OwnerId owner, const FunctionName& name) {
  if (function && function->owner != owner) return fail(Code::name_taken, quoted(name));
  return {};
}

Result<FunctionRow> own(const std::optional<FunctionRow>& function, OwnerId owner, const FunctionName& name) {
  if (!function || function->owner != owner) return fail(Code::function_not_found, quoted(name));
  return *function;
}

Result<> may_take(const FunctionName& name, ReservedNames reserved, bool kept_for_another) {
  RETURN_IF_ERROR(name.check_not_reserved(reserved));
  if (kept_for_another)
    return fail(Code::name_taken,
                fmt::format("{} was deleted by its owner less than {} days ago", quoted(name), kNameCoolDown.count()));
  return {};
}

SystemTime kept_until(SystemTime now) { return now + kNameCoolDown; }

Result<> may_replace(const std::optional<FunctionRow>& function, std::optional<std::uint32_t> replaces) {
  if (replaces && *replaces != (function ? function->active : 0))
    return fail(Code::conflict, "another version became active");
  return {};
}

Result<> not_locked(const FunctionRow& function) {
  if (!function.lock_reason) return {};
  return fail(Code::function_locked, "the reason: " + *function.lock_reason);
}

Result<> may_delete(const FunctionRow& function) {
  // Otherwise the owner could deploy it again under the same name.
  if (function.suspended) return fail(Code::function_held);
  return not_locked(function);
}

Result<> no_rollout(std::optional<std::uint32_t> candidate) {
  if (!candidate) return {};
  return fail(Code::rollout_running, fmt::format("of version {}", *candidate));
}

Result<> may_add_version(const std::optional<FunctionRow>& function, bool activate, const FunctionName& name) {
  if (function && activate) return not_locked(*function);
  if (function || activate) return {};
  return fail(Code::function_not_found,
              fmt::format("{} is not deployed yet; its first version must become live", quoted(name)));
}

Result<> may_deploy(const Allowance& allowance, bool creates, SystemTime now) {
  const auto& [usage, quota, oldest_deploy] = allowance;
  if (creates && quota.functions > 0 && usage.functions >= quota.functions)
    return fail(Code::quota_functions, fmt::format("you have {} of {}", usage.functions, quota.functions));
  if (quota.deploys_per_hour == 0 || usage.deploys_last_hour < quota.deploys_per_hour) return {};
  std::chrono::seconds until_next{};
  if (oldest_deploy) until_next = std::chrono::ceil<std::chrono::seconds>(*oldest_deploy + kDeployWindow - now);
  return fail_for_now(Code::quota_deploys,
                      fmt::format("{} in the last hour, of {}", usage.deploys_last_hour, quota.deploys_per_hour),
                      until_next);
}

Result<> fits(const Allowance& allowance) {
  const auto& [usage, quota, oldest_deploy] = allowance;
  if (quota.stored_mb == 0 || usage.stored_bytes <= std::uint64_t{quota.stored_mb} << 20U) return {};
  return fail(Code::quota_stored,
              fmt::format("{} bytes with this version, of {} MiB", usage.stored_bytes, quota.stored_mb));
}

Result<> assets_fit(const Allowance& allowance, std::uint64_t bytes) {
  const auto& [usage, quota, oldest_deploy] = allowance;
  if (quota.stored_mb == 0 || usage.stored_bytes + bytes <= std::uint64_t{quota.stored_mb} << 20U) return {};
  return fail(Code::quota_assets, fmt::format("{} bytes are stored, and {} would come; {} MiB are allowed",
                                              usage.stored_bytes, bytes, quota.stored_mb));
}

std::vector<VersionRow> to_prune(const std::vector<VersionRow>& versions, std::span<const std::uint32_t> needed,
                                 std::uint32_t kept) {
  std::vector<VersionRow> out;
  std::uint32_t others_left = std::max(kept, 1U) - 1;
  for (const VersionRow& version : versions) {
    if (std::ranges::find(needed, version.number) != needed.end()) continue;
    if (others_left > 0) {
      --others_left;
    } else {
      out.push_back(version);
    }
  }
  return out;
}

Result<std::uint32_t> stored(const std::vector<VersionRow>& versions, std::uint32_t wanted, const FunctionName& name) {
  if (std::ranges::find(versions, wanted, &VersionRow::number) == versions.end())
    return fail(Code::version_not_found, fmt::format("{} has no version {}", quoted(name), wanted));
  return wanted;
}

Result<> may_have_alias(const std::vector<AliasRecord>& there, std::string_view label) {
  RETURN_IF_ERROR(check_alias(label));
  if (there.size() < kMostAliases || std::ranges::find(there, label, &AliasRecord::label) != there.end()) return {};
  return fail(Code::alias_invalid,
              fmt::format("the function has {} aliases already, as many as it may have", kMostAliases));
}

std::vector<Sha256> digests(const std::vector<VersionRow>& versions) {
  std::vector<Sha256> out;
  for (const VersionRow& version : versions) out.push_back(version.sha256);
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

Result<std::uint32_t> rollback_target(const std::vector<VersionRow>& versions, std::uint32_t active,
                                      std::optional<std::uint32_t> wanted, const FunctionName& name) {
  if (wanted) return stored(versions, *wanted, name);
  const auto before =
      std::ranges::find_if(versions, [active](const auto& one) { return one.number < active && one.was_live; });
  if (before == versions.end())
    return fail(Code::nothing_to_roll_back, fmt::format("no version before version {} is kept that was live", active));
  return before->number;
}

}  // namespace faasta::store::catalog_rules
