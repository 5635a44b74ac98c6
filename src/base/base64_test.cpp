#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(Base64, UrlFormIsReadWithAndWithoutPadding) {
  EXPECT_EQ(parse_base64url(""), "");
  EXPECT_EQ(parse_base64url("Zg"), "f");
  EXPECT_EQ(parse_base64url("Zg=="), "f");
  EXPECT_EQ(parse_base64url("Zm9vYmE"), "fooba");
  EXPECT_EQ(parse_base64url("-_8"), "\xfb\xff");
}

TEST(Base64, OtherCharactersAndLengthsAreRefused) {
  EXPECT_EQ(parse_base64url("+/8"), std::nullopt);
  EXPECT_EQ(parse_base64url("a b"), std::nullopt);
  EXPECT_EQ(parse_base64url("Z"), std::nullopt);
}

}  // namespace
}  // namespace faasta
