#include "base/version_label.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(VersionLabel, OfANumber) {
  EXPECT_EQ(label_of(12), "v12");
  EXPECT_EQ(version_of_label("v12"), 12U);
  EXPECT_EQ(version_of_label("v4294967295"), 4294967295U);
  for (const char* label : {"", "v", "v0", "v01", "v1x", "x1", "12", "v99999999999", "v-1", "V1"})
    EXPECT_EQ(version_of_label(label), std::nullopt) << label;
}

TEST(VersionLabel, AnAliasIsAShortName) {
  for (const char* label : {"a", "beta", "pr-12", "v1x", "v", "abcdefghijklmnopqrst"})
    EXPECT_TRUE(check_alias(label)) << label;
  for (const char* label : {"", "v1", "v007", "1a", "-a", "a-", "a--b", "A", "a_b", "a.b", "abcdefghijklmnopqrstu"}) {
    const auto checked = check_alias(label);
    ASSERT_FALSE(checked) << label;
    EXPECT_EQ(checked.error().code, Code::alias_invalid);
  }
}

}  // namespace
}  // namespace faasta
