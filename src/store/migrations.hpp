#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

/// Brings a catalog in SQLite to the newest form, or to that of step `last`. Fails with data_unusable on one of a newer
/// server.
[[nodiscard]] Result<> migrate(SqliteDatabase& database, std::size_t last = SIZE_MAX);

/// Whether nothing is left to migrate.
[[nodiscard]] Result<bool> is_newest(SqliteDatabase& database);

}  // namespace faasta::store
