#include "identity/token.hpp"

#include <gtest/gtest.h>

#include <set>

namespace faasta::identity {
namespace {

TEST(Token, HasItsFormAndIsNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = new_token();
    EXPECT_TRUE(token.starts_with("faa_"));
    EXPECT_EQ(token.size(), 53U);
    EXPECT_TRUE(well_formed(token)) << token;
    EXPECT_TRUE(seen.insert(token).second);
  }
}

TEST(Token, AMistypedOneIsNotWellFormed) {
  const std::string token = new_token();
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string wrong = token;
    wrong[at] = wrong[at] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(well_formed(wrong)) << wrong;
  }
  EXPECT_FALSE(well_formed(token.substr(0, 52)));
  EXPECT_FALSE(well_formed(token + "a"));
  EXPECT_FALSE(well_formed(""));
}

}  // namespace
}  // namespace faasta::identity
