#include "store/account_rules.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/clock.hpp"
#include "base/propagate.hpp"

namespace faasta::store::account_rules {

Result<> not_suspended(const Account& account) {
  if (!account.suspended) return {};
  return fail(Code::account_suspended, fmt::format("'{}' on {}", account.login, rfc3339(*account.suspended)));
}

Result<> may_add_token(const Quota& quota, std::int64_t tokens) {
  if (quota.tokens == 0 || tokens < quota.tokens) return {};
  return fail(Code::quota_tokens, fmt::format("you have {} of {}", tokens, quota.tokens));
}

Result<> may_delete(bool owns_functions) {
  if (owns_functions) return fail(Code::conflict, "the owner has functions");
  return {};
}

Who parse_who(std::string_view text) {
  if (!text.starts_with('#')) return {.login = text};
  std::int64_t id = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data() + 1, end, id).ptr != end) id = 0;
  return {.id = OwnerId{id}};
}

}  // namespace faasta::store::account_rules
