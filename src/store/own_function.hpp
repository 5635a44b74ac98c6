#pragma once
// Internal to src/store.

#include "base/propagate.hpp"
#include "store/catalog_rows.hpp"
#include "store/catalog_rules.hpp"

namespace faasta::store {

/// Returns the function of this name, if it belongs to `owner`. Otherwise fails with function_not_found.
[[nodiscard]] inline Result<FunctionRow> own_function(Database& database, OwnerId owner, const FunctionName& name) {
  ASSIGN_OR_RETURN(const auto function, catalog_rows::function(database, name));
  return catalog_rules::own(function, owner, name);
}

}  // namespace faasta::store
