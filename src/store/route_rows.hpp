#pragma once
// The queries that an event loop makes between a request and its call; each is one SELECT. Internal to src/store.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/catalog_records.hpp"
#include "store/sql.hpp"

namespace faasta::store::route_rows {

/// Returns the active version of a function. Returns nothing if the function's owner is suspended.
[[nodiscard]] Result<std::optional<Deployed>> active(Database& database, std::string_view name);
/// Returns the version of a function with this number. Returns nothing if the function's owner is suspended.
[[nodiscard]] Result<std::optional<Deployed>> version(Database& database, std::string_view name, std::uint32_t number);
/// Returns the version to which an alias points. Returns nothing if the function's owner is suspended.
[[nodiscard]] Result<std::optional<Deployed>> aliased(Database& database, std::string_view name,
                                                      std::string_view alias);
/// Returns why a function is suspended: the operator's reason, or an empty text if its owner is suspended. Returns
/// nothing if the function does not exist or is not suspended.
[[nodiscard]] Result<std::optional<std::string>> suspension(Database& database, std::string_view name);
/// Returns the owner's own quota figures, in the form that with_overrides() reads.
[[nodiscard]] Result<std::optional<std::string>> quota_overrides(Database& database, OwnerId owner);

/// Prepares the statements of these queries, so that no request has to wait for the preparation.
[[nodiscard]] Result<> warm_up(Database& database);

}  // namespace faasta::store::route_rows
