#include "base/glob.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta {
namespace {

TEST(Glob, StarsAndMarks) {
  for (const auto& [pattern, text] : {std::pair{"", ""},
                                      {"*", ""},
                                      {"*", "/a/b"},
                                      {"/a", "/a"},
                                      {"/a/*", "/a/b/c"},
                                      {"/*/c", "/a/b/c"},
                                      {"*b*", "/a/b/c"},
                                      {"/?/b", "/a/b"},
                                      {"**", "x"},
                                      {"*ab", "aab"},
                                      {"a*b*c", "a-b-b-c"}})
    EXPECT_TRUE(matches_glob(pattern, text)) << pattern << " and " << text;
  for (const auto& [pattern, text] :
       {std::pair{"", "x"}, {"/a", "/ab"}, {"/a/*", "/a"}, {"?", ""}, {"*c", "/a/b"}, {"a*b", "ac"}, {"[a]", "a"}})
    EXPECT_FALSE(matches_glob(pattern, text)) << pattern << " and " << text;
}

TEST(Glob, ManyStarsTakeNoLongTime) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  EXPECT_FALSE(matches_glob(pattern + "b", std::string(512, 'a')));
}

}  // namespace
}  // namespace faasta
