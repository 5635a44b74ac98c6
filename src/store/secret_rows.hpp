#pragma once
// Rows of secrets: each SELECT is next to its reader. secret_rules.hpp has the rules for changes. Internal to
// src/store.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/secret_records.hpp"
#include "store/sql.hpp"

namespace faasta::store::secret_rows {

/// Returns all generations of all secrets of a function, by name, the newest first.
[[nodiscard]] Result<std::vector<SecretGeneration>> generations(Database& database, OwnerId owner,
                                                                std::string_view function);
/// Returns the stored values of a function, by name, the newest first.
[[nodiscard]] Result<std::vector<SealedSecret>> sealed(Database& database, OwnerId owner, std::string_view function);
/// Returns the newest stored value of each secret of a function, by name.
[[nodiscard]] Result<std::vector<SealedSecret>> newest_sealed(Database& database, OwnerId owner,
                                                              std::string_view function);
/// Counts the names of an owner's secrets.
[[nodiscard]] Result<SecretUsage> usage(Database& database, OwnerId owner);
/// Returns the names of the keys that have sealed the values.
[[nodiscard]] Result<std::vector<std::string>> keys(Database& database);
/// Returns at most `most` values that are not sealed by the key `key`.
[[nodiscard]] Result<std::vector<SealedPlace>> sealed_by_others(Database& database, std::string_view key,
                                                                std::uint32_t most);

[[nodiscard]] Result<> insert(Database& database, OwnerId owner, std::string_view function, const SealedSecret& secret,
                              std::uint64_t size, std::string_view actor, SystemTime now);
/// Replaces a stored value by the same value, sealed by another key.
[[nodiscard]] Result<> reseal(Database& database, const SealedPlace& place);
[[nodiscard]] Result<> remove(Database& database, OwnerId owner, std::string_view function, std::string_view name);
[[nodiscard]] Result<> remove_generation(Database& database, OwnerId owner, std::string_view function,
                                         std::string_view name, std::uint32_t generation);

}  // namespace faasta::store::secret_rows
