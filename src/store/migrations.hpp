#pragma once

#include "store/sqlite.hpp"

namespace faasta::store {

/// Brings the catalog to the newest form. Fails with data_unusable on one of a newer server.
[[nodiscard]] Result<> migrate(Database& database);

}  // namespace faasta::store
