#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

/// Applies the steps that a SQLite catalog lacks: all of them, or those up to step `last`. A catalog that the server of
/// the next release has changed stays as it is and can be used. Fails with data_unusable if the catalog needs a newer
/// server.
[[nodiscard]] Result<> migrate(SqliteDatabase& database, std::size_t last = SIZE_MAX);

/// Whether this program can use the catalog as it is, without applying a step.
[[nodiscard]] Result<bool> can_be_used(SqliteDatabase& database);

}  // namespace faasta::store
