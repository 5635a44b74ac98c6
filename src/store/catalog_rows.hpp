#pragma once
// Functions, their versions, buried names and packages as rows: each SELECT beside its reader. What may be changed, the
// rules say (catalog_rules.hpp). Internal to src/store.

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

// Of functions.
[[nodiscard]] Result<std::optional<FunctionRow>> function(Database& database, const FunctionName& name);
/// With its active version, if it is this owner's.
[[nodiscard]] Result<std::optional<FunctionRecord>> record(Database& database, OwnerId owner, const FunctionName& name);
/// By name, those behind `after`, at most `most` of them.
[[nodiscard]] Result<std::vector<FunctionRecord>> records(Database& database, OwnerId owner, std::string_view after,
                                                          std::uint32_t most);
[[nodiscard]] Result<bool> owns_any(Database& database, OwnerId owner);
/// A function without versions.
[[nodiscard]] Result<FunctionId> insert(Database& database, OwnerId owner, const FunctionName& name, SystemTime now);
/// `next`: the number of the version that is deployed next.
[[nodiscard]] Result<> activate(Database& database, FunctionId function, std::uint32_t number, std::uint32_t next,
                                SystemTime now);
[[nodiscard]] Result<> give(Database& database, FunctionId function, OwnerId to);
/// With its versions.
[[nodiscard]] Result<> remove(Database& database, FunctionId function);

// Of versions.
/// Newest first.
[[nodiscard]] Result<std::vector<VersionRecord>> version_records(Database& database, OwnerId owner,
                                                                 const FunctionName& name);
/// Newest first.
[[nodiscard]] Result<std::vector<VersionRow>> versions(Database& database, FunctionId function);
[[nodiscard]] Result<bool> uses(Database& database, const Sha256& sha256);
[[nodiscard]] Result<> insert_version(Database& database, FunctionId function, std::uint32_t number,
                                      const NewVersion& version, SystemTime now);
[[nodiscard]] Result<> remove_version(Database& database, FunctionId function, std::uint32_t number);

// Of names whose function was deleted.
/// Whether another owner had the name until lately.
[[nodiscard]] Result<bool> is_kept_for_another(Database& database, const FunctionName& name, OwnerId owner,
                                               SystemTime now);
[[nodiscard]] Result<> bury(Database& database, const FunctionName& name, OwnerId owner, SystemTime until);

// Of packages that versions were built from.
/// `-` for `_` and whatever the case; by function and number.
[[nodiscard]] Result<> visit_uses(Database& database, std::string_view package,
                                  const std::function<void(const PackageUse&)>& visit);
[[nodiscard]] Result<> insert_packages(Database& database, FunctionId function, std::uint32_t number,
                                       const std::vector<PackageRecord>& packages);

}  // namespace faasta::store::catalog_rows
