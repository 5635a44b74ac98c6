#pragma once
// What an event loop asks of the catalog, between a request and its call: each is one SELECT. Internal to src/store.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/catalog_records.hpp"
#include "store/sql.hpp"

namespace faasta::store::route_rows {

/// The active version of a function whose owner is not suspended.
[[nodiscard]] Result<std::optional<Deployed>> active(Database& database, std::string_view name);
/// The same of one version.
[[nodiscard]] Result<std::optional<Deployed>> version(Database& database, std::string_view name, std::uint32_t number);
/// Whether there is such a function and its owner is suspended.
[[nodiscard]] Result<bool> is_suspended(Database& database, std::string_view name);
/// The owner's own figures over the quota's defaults, as with_overrides takes them.
[[nodiscard]] Result<std::optional<std::string>> quota_overrides(Database& database, OwnerId owner);

/// Prepares these statements, so that no request waits for that.
[[nodiscard]] Result<> warm_up(Database& database);

}  // namespace faasta::store::route_rows
