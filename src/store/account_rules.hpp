#pragma once
// What a change of an account may do, as functions of what was read: no database, no clock. Internal to src/store.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/account_records.hpp"
#include "store/quota.hpp"

namespace faasta::store::account_rules {

/// Fails with account_suspended.
[[nodiscard]] Result<> not_suspended(const Account& account);
/// `tokens`: those that the owner can use. Fails with quota_tokens.
[[nodiscard]] Result<> may_add_token(const Quota& quota, std::int64_t tokens);
/// An account is deleted after its functions. Fails with conflict.
[[nodiscard]] Result<> may_delete(bool owns_functions);

/// Whom the operator means: by id, or else by login.
struct Who {
  std::optional<OwnerId> id{};
  std::string_view login{};
};
/// "#12", or a login. What begins with "#" and is no id is the id of nobody.
[[nodiscard]] Who parse_who(std::string_view text);

}  // namespace faasta::store::account_rules
