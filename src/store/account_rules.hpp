#pragma once
// The rules for changes of an account, as functions of rows: they use no database and no clock. Internal to src/store.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/account_records.hpp"
#include "store/quota.hpp"

namespace faasta::store::account_rules {

/// Checks that the account is not suspended. Otherwise fails with account_suspended.
[[nodiscard]] Result<> not_suspended(const Account& account);
/// Checks that the owner may add a token. `tokens`: how many usable tokens the owner has. Fails with quota_tokens.
[[nodiscard]] Result<> may_add_token(const Quota& quota, std::int64_t tokens);
/// An account can be deleted only after its functions were deleted. Otherwise fails with conflict.
[[nodiscard]] Result<> may_delete(bool owns_functions);

/// The owner that the operator names, by id or by login.
struct Who {
  std::optional<OwnerId> id{};
  std::string_view login{};
};
/// Parses "#12" or a login. For a "#" without a valid id, returns an id that belongs to no owner.
[[nodiscard]] Who parse_who(std::string_view text);

}  // namespace faasta::store::account_rules
