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

TEST(FunctionName, KeepsSomeAmongStrangersAndWhatLooksLikeThem) {
  for (const std::string name :
       {"no-reply", "api",   "www",   "admin",  "localhost", "mta-sts", "ns0",    "ns9", "autodiscover",
        "wpad",     "smtp",  "imap",  "isatap", "login",     "status",  "docs",   "cdn", "faasta",
        "adm1n",    "l0gin", "log1n", "rnail",  "vvww",      "supp0rt", "paypa1", "ma1l"}) {
    const auto parsed = FunctionName::parse(name);
    ASSERT_TRUE(parsed.has_value()) << name;
    const auto checked = parsed->check_not_reserved(ReservedNames::among_strangers);
    ASSERT_FALSE(checked.has_value()) << name;
    EXPECT_EQ(checked.error().code, Code::reserved_name) << name;
  }
}

TEST(FunctionName, LeavesTheOthers) {
  for (const std::string name :
       {"hello", "shop", "blog-2", "chat", "my-api", "api-v2", "administer", "adminton", "loginx", "qr-code", "demo",
        "echo", "hello-world", "weather", "corner", "savvy", "reply"})
    EXPECT_TRUE(FunctionName::parse(name)->check_not_reserved(ReservedNames::among_strangers).has_value()) << name;
}

TEST(FunctionName, KeepsFromASingleOwnerWhatItsRoutesNeed) {
  EXPECT_EQ(FunctionName::parse("api")->check_not_reserved(ReservedNames::needed).error().code, Code::reserved_name);
  for (const std::string name : {"blog", "web", "app", "bank", "www", "admin", "ap1", "login"})
    EXPECT_TRUE(FunctionName::parse(name)->check_not_reserved(ReservedNames::needed).has_value()) << name;
}

}  // namespace
}  // namespace faasta
