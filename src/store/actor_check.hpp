#pragma once
// Whether who acts may still do so. Internal to src/store.

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/sql.hpp"

namespace faasta::store {

/// A request is let in before its body arrives, which may take long: a token that was revoked or has expired since, or
/// whose owner was suspended or deleted, must not change anything any more. Asked in the transaction of each change.
/// Fails with not_signed_in. Whoever acts by no token is the operator or the server itself.
[[nodiscard]] Result<> check_actor(Database& database, const Actor& actor);

}  // namespace faasta::store
