#pragma once
// Rows of functions, versions, packages and names of deleted functions: each SELECT is next to its reader.
// catalog_rules.hpp has the rules for changes. Internal to src/store.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "store/catalog_records.hpp"
#include "store/sql.hpp"

namespace faasta::store::catalog_rows {

// Rows of functions.
[[nodiscard]] Result<std::optional<FunctionRow>> function(Database& database, const FunctionName& name);
/// Returns the function with its active version, if the function belongs to this owner.
[[nodiscard]] Result<std::optional<FunctionRecord>> record(Database& database, OwnerId owner, const FunctionName& name);
/// Returns at most `most` functions, sorted by name, starting after the name `after`.
[[nodiscard]] Result<std::vector<FunctionRecord>> records(Database& database, OwnerId owner, std::string_view after,
                                                          std::uint32_t most);
/// Like records(), but only functions whose names contain `part`: letters, digits and hyphens.
[[nodiscard]] Result<std::vector<FunctionRecord>> records_with(Database& database, OwnerId owner, std::string_view part,
                                                               std::string_view after, std::uint32_t most);
/// Visits the names of all functions, of any owner.
[[nodiscard]] Result<> visit_names(Database& database, const std::function<void(std::string_view)>& visit);
[[nodiscard]] Result<bool> owns_any(Database& database, OwnerId owner);
/// Inserts a function without versions.
[[nodiscard]] Result<FunctionId> insert(Database& database, OwnerId owner, const FunctionName& name, SystemTime now);
[[nodiscard]] Result<> activate(Database& database, FunctionId function, std::uint32_t number, SystemTime now);
/// Notes that the number is used, so that the next deployed version gets a higher one.
[[nodiscard]] Result<> take_number(Database& database, FunctionId function, std::uint32_t number, SystemTime now);
[[nodiscard]] Result<> lock(Database& database, FunctionId function, std::string_view reason, SystemTime now);
[[nodiscard]] Result<> suspend(Database& database, FunctionId function, std::string_view reason, SystemTime now);
[[nodiscard]] Result<> resume(Database& database, FunctionId function);
[[nodiscard]] Result<> unlock(Database& database, FunctionId function);
[[nodiscard]] Result<> give(Database& database, FunctionId function, OwnerId to);
/// Removes the function with its versions.
[[nodiscard]] Result<> remove(Database& database, FunctionId function);

// Rows of versions.
/// Returns the versions, newest first.
[[nodiscard]] Result<std::vector<VersionRecord>> version_records(Database& database, OwnerId owner,
                                                                 const FunctionName& name);
/// Returns the versions, newest first.
[[nodiscard]] Result<std::vector<VersionRow>> versions(Database& database, FunctionId function);
[[nodiscard]] Result<std::optional<VersionContent>> content(Database& database, FunctionId function,
                                                            std::uint32_t number);
[[nodiscard]] Result<bool> uses(Database& database, const Sha256& sha256);
[[nodiscard]] Result<> insert_version(Database& database, FunctionId function, std::uint32_t number,
                                      const NewVersion& version, SystemTime now);
[[nodiscard]] Result<> remove_version(Database& database, FunctionId function, std::uint32_t number);

/// Returns the versions of a suspended function that were live before the suspension. Nothing if it is not suspended.
[[nodiscard]] Result<std::vector<std::uint32_t>> evidence(Database& database, FunctionId function);

// Rows of names of deleted functions.
/// Whether the name is still reserved for another owner, because that owner has deleted a function with this name.
[[nodiscard]] Result<bool> is_kept_for_another(Database& database, const FunctionName& name, OwnerId owner,
                                               SystemTime now);
[[nodiscard]] Result<> bury(Database& database, const FunctionName& name, OwnerId owner, SystemTime until);

// Rows of packages from which versions were built.
/// Visits the versions that contain `package`, sorted by function and number. Ignores case and treats `-` like `_`.
[[nodiscard]] Result<> visit_uses(Database& database, std::string_view package,
                                  const std::function<void(const PackageUse&)>& visit);
[[nodiscard]] Result<> insert_packages(Database& database, FunctionId function, std::uint32_t number,
                                       const std::vector<PackageRecord>& packages);

}  // namespace faasta::store::catalog_rows
