#pragma once
// Whether who acts may still do so. Internal to src/store.

#include <utility>

#include "base/ids.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {

/// A request is let in before its body arrives, which may take long: a token that was revoked or has expired since, or
/// whose owner was suspended or deleted, must not change anything any more. Asked in the transaction of each change.
class ActorCheck {
 public:
  [[nodiscard]] static Result<ActorCheck> prepare(Database& database);
  /// Fails with not_signed_in. Whoever acts by no token is the operator or the server itself.
  [[nodiscard]] Result<> operator()(const Actor& actor);

 private:
  explicit ActorCheck(Statement query) : query_(std::move(query)) {}
  Statement query_;
};

}  // namespace faasta::store
