#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

/// Migrates a SQLite catalog to the newest version, or to step `last`. Fails with data_unusable if a newer server made
/// the catalog.
[[nodiscard]] Result<> migrate(SqliteDatabase& database, std::size_t last = SIZE_MAX);

/// Whether the database has the newest version already.
[[nodiscard]] Result<bool> is_newest(SqliteDatabase& database);

}  // namespace faasta::store
