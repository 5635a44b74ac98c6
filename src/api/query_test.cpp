#include "api/query.hpp"

#include <gtest/gtest.h>

namespace faasta::api {
namespace {

TEST(PercentDecoded, DecodesWhatIsOne) {
  EXPECT_EQ(percent_decoded("a%20b+c%2F%c3%a4"), "a b+c/\xC3\xA4");
  EXPECT_EQ(percent_decoded(""), "");
  for (const char* wrong : {"%", "%1", "%zz", "%0", "a%1", "%+1", "%00", "%0a", "%7f", "\n", "%-1"})
    EXPECT_FALSE(percent_decoded(wrong)) << wrong;
}

TEST(Query, FindsWhatIsKnown) {
  const auto query = Query::parse("a=1&&b=x%26y&c&a2=", {"a", "b", "c", "a2"});
  ASSERT_TRUE(query);
  EXPECT_EQ(query->find("a"), "1");
  EXPECT_EQ(query->find("b"), "x&y");
  EXPECT_EQ(query->find("c"), "");
  EXPECT_EQ(query->find("a2"), "");
  EXPECT_FALSE(query->find("d"));
  EXPECT_TRUE(Query::parse("", {}));
}

TEST(Query, RefusesWhatIsNot) {
  EXPECT_EQ(Query::parse("a=1&b=2", {"a"}).error().code, Code::unknown_field);
  EXPECT_EQ(Query::parse("a=1&a=2", {"a"}).error().code, Code::bad_request);
  EXPECT_EQ(Query::parse("a=%zz", {"a"}).error().code, Code::bad_request);
  EXPECT_EQ(Query::parse("a=1&a=2", {"a"}, {"a"})->all("a"), (std::vector<std::string>{"1", "2"}));
}

TEST(Query, NumbersHaveEdges) {
  const auto number = [](const std::string& text) { return Query::parse("n=" + text, {"n"})->number("n", 2, 9); };
  EXPECT_EQ(number("2"), 2);
  EXPECT_EQ(number("9"), 9);
  for (const char* wrong : {"1", "10", "", "3x", "x", "-3", "3.0", "99999999999999999999"})
    EXPECT_EQ(number(wrong).error().code, Code::bad_request) << wrong;
  EXPECT_EQ(Query::parse("", {"n"})->number("n", 2, 9), std::nullopt);
}

}  // namespace
}  // namespace faasta::api
