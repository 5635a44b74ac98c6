#pragma once
// The rows of the static files of functions. Internal to src/store.

#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"
#include "store/catalog_records.hpp"
#include "store/sql.hpp"

namespace faasta::store::asset_rows {

/// Whether any function has the file.
[[nodiscard]] Result<bool> uses(Database& database, const Sha256& sha256);
/// Whether a version of the function has this manifest.
[[nodiscard]] Result<bool> has(Database& database, FunctionId function, const Sha256& manifest);
/// Returns the files of all versions of the function, each once.
[[nodiscard]] Result<std::vector<StoredAsset>> of_function(Database& database, FunctionId function);
/// Returns the files that the function would not have any more if its version `number` were deleted.
[[nodiscard]] Result<std::vector<Sha256>> only_of_version(Database& database, FunctionId function,
                                                          std::uint32_t number);
/// Inserts a manifest with its files.
[[nodiscard]] Result<> insert(Database& database, FunctionId function, const Sha256& manifest,
                              const std::vector<StoredAsset>& files);

}  // namespace faasta::store::asset_rows
