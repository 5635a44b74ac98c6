#include "base/environment.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(Environment, NamesAreChecked) {
  const struct {
    std::string name;
    bool good;
  } kCases[] = {{"A", true},
                {"_", true},
                {"greeting_2", true},
                {std::string(128, 'a'), true},
                {"", false},
                {"2A", false},
                {std::string(129, 'a'), false},
                {"A-B", false},
                {"A B", false},
                {"\xc3\x84", false},
                {"A=", false},
                {"FAASTA_X", false},
                {"FAASTA", true},
                {"faasta_x", true},
                {std::string("A\0", 2), false}};
  for (const auto& one : kCases) {
    const auto checked = check_variable_name(one.name);
    EXPECT_EQ(checked.has_value(), one.good) << one.name;
    if (!checked) EXPECT_EQ(checked.error().code, Code::env_invalid);
  }
}

TEST(Environment, ValuesAreUtf8OfALimitedSize) {
  EXPECT_TRUE(check_value("A", ""));
  EXPECT_TRUE(check_value("A", "line\nline \xc3\xa4"));
  EXPECT_TRUE(check_value("A", std::string(kMostValueBytes, 'x')));
  EXPECT_FALSE(check_value("A", std::string(kMostValueBytes + 1, 'x')));
  EXPECT_FALSE(check_value("A", "\xff"));
  EXPECT_FALSE(check_value("A", std::string("a\0b", 3)));
}

TEST(Environment, AllVariablesTogetherHaveLimits) {
  Variables many;
  for (std::size_t i = 0; i < kMostVariables; ++i) many["V" + std::to_string(i)] = "x";
  EXPECT_TRUE(check_variables(many));
  many["ONE_MORE"] = "x";
  EXPECT_FALSE(check_variables(many));
  Variables large{{"A", std::string(kMostValueBytes, 'x')}, {"B", std::string(kMostValueBytes - 2, 'x')}};
  EXPECT_TRUE(check_variables(large));
  large["B"] += "x";
  EXPECT_FALSE(check_variables(large));
}

}  // namespace
}  // namespace faasta
