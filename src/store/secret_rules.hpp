#pragma once
// The rules for changes of secrets, as functions of rows: they use no database and no clock. Internal to src/store.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "store/quota.hpp"
#include "store/secret_records.hpp"

namespace faasta::store::secret_rules {

/// How many generations of a secret are stored.
inline constexpr std::uint32_t kKeptGenerations = 5;

/// Returns the live generation of each secret. `generations` are sorted by name, the newest first.
[[nodiscard]] std::vector<SecretRecord> live(std::span<const SecretGeneration> generations);
/// Checks the number and the size of a function's secrets after `values` are set. Fails with env_invalid.
[[nodiscard]] Result<> fits(std::span<const SecretGeneration> generations, const Variables& values);
/// Checks the quota before an owner adds `added` names. Fails with quota_secrets.
[[nodiscard]] Result<> may_add(const SecretUsage& usage, std::uint32_t added, const Quota& quota);
/// Returns the generations of one secret that are too old to be kept. `generations` are those of this name, the newest
/// first.
[[nodiscard]] std::vector<std::uint32_t> to_prune(std::span<const SecretRecord> generations);

}  // namespace faasta::store::secret_rules
