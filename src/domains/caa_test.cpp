#include "domains/caa.hpp"

#include <gtest/gtest.h>

namespace faasta::domains {
namespace {

using certificates::CaaRecord;
using Records = std::vector<CaaRecord>;

const Issuer kOurs{{"ca.example", "other-name.example"}, "https://ca.example/acct/1", "http-01"};

CaaRecord issue(std::string value) { return {false, "issue", std::move(value)}; }

TEST(Caa, WithoutAnIssueRecordEachCaMayIssue) {
  EXPECT_FALSE(forbidden_by({}, kOurs));
  EXPECT_FALSE(forbidden_by({{false, "issuewild", "other.example"}, {false, "iodef", "mailto:x@example.com"}}, kOurs));
}

TEST(Caa, OneOfTheRecordsMustNameTheCa) {
  for (const auto& records : {Records{issue("ca.example")}, Records{issue(" CA.example ")},
                              Records{issue("other.example"), issue("other-name.example; x=y")},
                              Records{issue("ca.example;"), {false, "unknown", "x"}}})
    EXPECT_FALSE(forbidden_by(records, kOurs)) << records.front().value;
  for (const auto& records :
       {Records{issue("other.example")}, Records{issue(";")}, Records{issue("")}, Records{issue("ca.example.com")}}) {
    const auto why = forbidden_by(records, kOurs);
    ASSERT_TRUE(why) << records.front().value;
    EXPECT_NE(why->find("\"ca.example\""), std::string::npos) << *why;
  }
}

TEST(Caa, ParametersNarrowIt) {
  EXPECT_FALSE(forbidden_by({issue("ca.example; validationmethods=dns-01,http-01")}, kOurs));
  EXPECT_FALSE(forbidden_by({issue("ca.example; AccountURI=https://ca.example/acct/1")}, kOurs));
  EXPECT_TRUE(forbidden_by({issue("ca.example; validationmethods=dns-01")}, kOurs));
  EXPECT_TRUE(forbidden_by({issue("ca.example; accounturi=https://ca.example/acct/2")}, kOurs));
  // Before the first order there is no account.
  EXPECT_FALSE(forbidden_by({issue("ca.example; accounturi=https://x")}, {{"ca.example"}, "", "http-01"}));
}

TEST(Caa, AnUnknownCriticalTagForbids) {
  EXPECT_TRUE(forbidden_by({{true, "future", "x"}}, kOurs));
  EXPECT_FALSE(forbidden_by({{true, "issue", "ca.example"}}, kOurs));
}

/// The CA then looks itself.
TEST(Caa, ACaWithoutNamesIsNotJudged) { EXPECT_FALSE(forbidden_by({issue("any.example")}, {{}, "", "http-01"})); }

TEST(Caa, ParentsEndAtTheLastPart) {
  EXPECT_EQ(parent_of("www.example.com"), "example.com");
  EXPECT_EQ(parent_of("com"), std::nullopt);
}

}  // namespace
}  // namespace faasta::domains
