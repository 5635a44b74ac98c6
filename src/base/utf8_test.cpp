#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(CharacterBoundary, IsAtMostWhatWasAsked) {
  EXPECT_EQ(character_boundary("abc", 5), 3U);
  EXPECT_EQ(character_boundary("abc", 3), 3U);
  EXPECT_EQ(character_boundary("abc", 2), 2U);
  EXPECT_EQ(character_boundary("abc", 0), 0U);
  EXPECT_EQ(character_boundary("", 4), 0U);
}

TEST(CharacterBoundary, CutsNoCharacter) {
  constexpr std::string_view kText = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";  // characters of 1, 2, 3, 4 and 1 bytes
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
  for (std::size_t most = 0; most < std::size(expected); ++most)
    EXPECT_EQ(character_boundary(kText, most), expected[most]) << most;
}

TEST(CharacterBoundary, TakesWhatIsNoTextAsItIs) {
  EXPECT_EQ(character_boundary("\x80\x80\x80\x80\x80\x80", 5), 5U);
  EXPECT_EQ(character_boundary("ab\x80\x80\x80\x80\x80\x80", 7), 7U);
}

}  // namespace
}  // namespace faasta
