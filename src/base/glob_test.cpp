#include "base/glob.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/cpu_time.hpp"

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
    EXPECT_TRUE(Glob(pattern).matches(text)) << pattern << " and " << text;
  for (const auto& [pattern, text] :
       {std::pair{"", "x"}, {"/a", "/ab"}, {"/a/*", "/a"}, {"?", ""}, {"*c", "/a/b"}, {"a*b", "ac"}, {"[a]", "a"}})
    EXPECT_FALSE(Glob(pattern).matches(text)) << pattern << " and " << text;
}

TEST(Glob, TheLongestPatternMatches) {
  const std::string text(Glob::kLongest, '\xe4');
  EXPECT_TRUE(Glob(text).matches(text));
  EXPECT_TRUE(Glob(std::string(Glob::kLongest, '?')).matches(text));
  EXPECT_TRUE(Glob(std::string(Glob::kLongest, '*')).matches(text));
  EXPECT_FALSE(Glob(text).matches(text + "x"));
  EXPECT_FALSE(Glob(text).matches(text.substr(1)));
}

TEST(Glob, NoPatternTakesLongerThanAShortOne) {
  const std::string text(1U << 20U, 'a');
  const auto look = [&text](const std::string& pattern) {
    return test::cpu_time([&] { EXPECT_FALSE(Glob(pattern).matches(text)); });
  };
  std::string stars;
  for (int i = 0; i < 100; ++i) stars += "*a";
  const auto least = look("*b");
  EXPECT_LT(look("*" + std::string(254, 'a') + "b"), 10 * least);
  EXPECT_LT(look("*" + std::string(254, '?') + "b"), 10 * least);
  EXPECT_LT(look(stars + "b"), 10 * least);
}

}  // namespace
}  // namespace faasta
