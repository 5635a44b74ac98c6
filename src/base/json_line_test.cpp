#include "base/json_line.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace faasta {
namespace {

TEST(JsonLine, WritesEachKindOfMember) {
  JsonLine line;
  line.text("a", "x y").number("n", 12).milliseconds("ms", 1005).boolean("b", false);
  EXPECT_EQ(line.take(), "{\"a\":\"x y\",\"n\":12,\"ms\":1.005,\"b\":false}\n");
  EXPECT_EQ(line.take(), "{}\n");
}

TEST(JsonLine, SaysThatItCut) {
  JsonLine line;
  line.shortened("a", "abc", 3).shortened("b", "abcd", 3).shortened("c", "a\xE2\x82\xAC", 3);
  EXPECT_EQ(line.take(), "{\"a\":\"abc\",\"b\":\"abc\xE2\x80\xA6\",\"c\":\"a\xE2\x80\xA6\"}\n");
}

TEST(JsonLine, SurvivesWhatStrangersSend) {
  // Every byte, alone and in pairs: the result is one line, and parsing it gives the same text as valid_utf8().
  for (int first = 0; first < 256; ++first) {
    for (const char second : {'a', '"', '\\', '\n', '\x80', '\xBF', '\0'}) {
      const std::string text = {static_cast<char>(first), second};
      JsonLine line;
      line.text("t", text);
      const std::string out = line.take();
      ASSERT_EQ(out.find('\n'), out.size() - 1);
      const auto parsed = parse_object(out);
      ASSERT_TRUE(parsed.has_value()) << first;
      EXPECT_EQ(std::string_view(parsed->at("t").as_string()), valid_utf8(text));
    }
  }
}

}  // namespace
}  // namespace faasta
