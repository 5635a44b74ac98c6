#include "base/function_name.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(FunctionName, TakesDnsLabelsOfThreeToForty) {
  for (const std::string good : {"abc", "a-b", "a1-2b", "hello-world"})
    EXPECT_TRUE(FunctionName::parse(good).has_value()) << good;
  EXPECT_TRUE(FunctionName::parse("a" + std::string(39, 'b')).has_value());
}

TEST(FunctionName, RefusesEverythingElse) {
  for (const std::string bad : {"", "ab", "1ab", "-ab", "ab-", "a--b", "aBc", "a_b", "a.b", "a b", "äbc", "abc\n"}) {
    const auto name = FunctionName::parse(bad);
    ASSERT_FALSE(name.has_value()) << bad;
    EXPECT_EQ(name.error().code, Code::invalid_name) << bad;
  }
  EXPECT_FALSE(FunctionName::parse("a" + std::string(40, 'b')).has_value());
}

TEST(FunctionName, KeepsSomeForThePlatform) {
  for (const std::string name : {"api", "www", "admin", "localhost", "mta-sts"}) {
    const auto parsed = FunctionName::parse(name);
    ASSERT_FALSE(parsed.has_value()) << name;
    EXPECT_EQ(parsed.error().code, Code::reserved_name) << name;
  }
}

}  // namespace
}  // namespace faasta
