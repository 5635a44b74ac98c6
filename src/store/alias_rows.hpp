#pragma once
// Rows of aliases: each SELECT is next to its reader. Internal to src/store.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/catalog_records.hpp"
#include "store/sql.hpp"

namespace faasta::store::alias_rows {

/// Returns the aliases of a function, sorted by label.
[[nodiscard]] Result<std::vector<AliasRecord>> of_function(Database& database, FunctionId function);
/// Makes the alias, or makes it point at another version.
[[nodiscard]] Result<> set(Database& database, FunctionId function, std::string_view label, std::uint32_t version);
[[nodiscard]] Result<> remove(Database& database, FunctionId function, std::string_view label);

}  // namespace faasta::store::alias_rows
