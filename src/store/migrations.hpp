#pragma once

#include <cstddef>
#include <cstdint>

#include "store/sqlite.hpp"

namespace faasta::store {

/// Brings the catalog to the newest form, or to that of step `last`. Fails with data_unusable on one of a newer server.
[[nodiscard]] Result<> migrate(Database& database, std::size_t last = SIZE_MAX);

/// Whether nothing is left to migrate.
[[nodiscard]] Result<bool> is_newest(Database& database);

}  // namespace faasta::store
