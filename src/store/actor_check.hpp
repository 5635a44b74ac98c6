#pragma once
// Checks whether an actor is still allowed to act. Internal to src/store.

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/sql.hpp"

namespace faasta::store {

/// Call this function in the transaction of each change. A request is admitted before its body arrives, and the body
/// may take long. In this time the token may be revoked or expire, or its owner may be suspended or deleted. Then the
/// change is not allowed, and this function fails with not_signed_in. An actor without a token is the operator or the
/// server itself, and passes.
[[nodiscard]] Result<> check_actor(Database& database, const Actor& actor);

}  // namespace faasta::store
