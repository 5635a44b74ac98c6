#include "gateway/rollout_choice.hpp"

#include <gtest/gtest.h>

#include <set>

#include "unit/scripted_exchange.hpp"

namespace faasta::gateway {
namespace {

constexpr FunctionId kFunction{7};

TEST(RolloutChoice, FindsACookie) {
  EXPECT_EQ(cookie_value("a=1; sid=xyz; b=2", "sid"), "xyz");
  EXPECT_EQ(cookie_value("sid=a=b", "sid"), "a=b");
  for (const char* field : {"", "sid", "sid=", "xsid=1", "SID=1", ";;;", "="})
    EXPECT_EQ(cookie_value(field, "sid"), "") << field;
}

TEST(RolloutChoice, EqualKeysGetEqualNumbers) {
  test::ScriptedLoop loop;
  const auto number = [&loop](std::vector<Field> fields, const char* sticky, FunctionId function = kFunction) {
    const test::ScriptedExchange exchange(loop, "GET", "/", std::move(fields));
    return rollout_number(exchange, function, *Sticky::parse(sticky));
  };
  EXPECT_EQ(number({{"x-user", "ada"}}, "header:X-User"), number({{"x-user", "ada"}}, "header:x-user"));
  EXPECT_EQ(number({{"cookie", "sid=1"}}, "cookie:sid"), number({{"cookie", "a=b; sid=1"}}, "cookie:sid"));
  EXPECT_EQ(number({}, "address"), number({}, "address"));
  EXPECT_NE(number({{"x-user", "ada"}}, "header:x-user"), number({{"x-user", "ada"}}, "header:x-user", FunctionId{8}));
}

TEST(RolloutChoice, SharesAreExactToOnePercentOfAllCalls) {
  test::ScriptedLoop loop;
  constexpr int kCalls = 20'000;
  for (const char* sticky : {"none", "header:x-user"}) {
    int below = 0;
    for (int i = 0; i < kCalls; ++i) {
      const test::ScriptedExchange exchange(loop, "GET", "/", {{"x-user", "user" + std::to_string(i)}});
      const std::uint32_t number = rollout_number(exchange, kFunction, *Sticky::parse(sticky));
      ASSERT_LT(number, 1000U);
      below += number < 250 ? 1 : 0;
    }
    EXPECT_NEAR(100.0 * below / kCalls, 25, 1) << sticky;
  }
}

TEST(RolloutChoice, WithoutTheKeyChanceDecides) {
  test::ScriptedLoop loop;
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 50; ++i) {
    const test::ScriptedExchange exchange(loop, "GET", "/");
    seen.insert(rollout_number(exchange, kFunction, *Sticky::parse("cookie:sid")));
  }
  EXPECT_GT(seen.size(), 10U);
}

}  // namespace
}  // namespace faasta::gateway
