#include "base/json.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(Json, WritesFractionsAsPeopleReadThem) {
  const json::object object{{"a", 10.456617},
                            {"b", 0.0001},
                            {"c", json::array{1, "x\"y", nullptr, true, json::object{}}},
                            {"d", json::array{}}};
  EXPECT_EQ(to_text(object), R"({"a":10.457,"b":0.000,"c":[1,"x\"y",null,true,{}],"d":[]})");
}

TEST(Json, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(valid_utf8("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(valid_utf8("a\xff\xc3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Json, TakesOneObjectOnly) {
  EXPECT_TRUE(parse_object("{\"a\":1}").has_value());
  for (const char* bad : {"", "[]", "1", "{", "{}x", "nul"})
    EXPECT_EQ(parse_object(bad).error().code, Code::invalid_json) << bad;
}

}  // namespace
}  // namespace faasta
