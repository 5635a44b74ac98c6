#include "store/account_rules.hpp"

#include <gtest/gtest.h>

namespace faasta::store::account_rules {
namespace {

TEST(AccountRules, WhoIsSuspendedDoesNothing) {
  Account account;
  account.login = "mona";
  EXPECT_TRUE(not_suspended(account).has_value());
  account.suspended = SystemTime{};
  EXPECT_EQ(not_suspended(account).error().code, Code::account_suspended);
  EXPECT_EQ(not_suspended(account).error().detail, "'mona' on 1970-01-01T00:00:00.000Z");
}

TEST(AccountRules, TokensAreWithinTheQuota) {
  const struct {
    std::uint32_t quota;
    std::int64_t tokens;
    bool may;
  } kCases[] = {{2, 1, true}, {2, 2, false}, {2, 3, false}, {0, 999, true}};
  for (const auto& one : kCases) {
    const auto verdict = may_add_token({.tokens = one.quota}, one.tokens);
    EXPECT_EQ(verdict.has_value(), one.may) << one.tokens;
    if (!one.may) {
      EXPECT_EQ(verdict.error().code, Code::quota_tokens);
    }
  }
}

TEST(AccountRules, AnAccountGoesAfterItsFunctions) {
  EXPECT_TRUE(may_delete(false).has_value());
  EXPECT_EQ(may_delete(true).error().code, Code::conflict);
}

TEST(AccountRules, TheOperatorNamesOwnersByLoginOrNumber) {
  const struct {
    const char* text;
    std::optional<std::int64_t> id;
  } kCases[] = {{"mona", std::nullopt}, {"12", std::nullopt},        {"#12", 12}, {"#", 0}, {"#12x", 0}, {"#x", 0},
                {"", std::nullopt},     {"#99999999999999999999", 0}};
  for (const auto& one : kCases) {
    const Who who = parse_who(one.text);
    EXPECT_EQ(who.id.has_value(), one.id.has_value()) << one.text;
    if (one.id) {
      EXPECT_EQ(*who.id, OwnerId{*one.id}) << one.text;
    } else {
      EXPECT_EQ(who.login, one.text);
    }
  }
}

}  // namespace
}  // namespace faasta::store::account_rules
