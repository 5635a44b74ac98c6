#include "cli/project/dotenv.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.hpp"
#include "unit/guests.hpp"

namespace faasta::cli {
namespace {

TEST(Dotenv, ReadsValuesAsPeopleWriteThem) {
  const auto values = parse_dotenv(
      "# comment\n"
      "\n"
      "A=plain value # comment\n"
      "  export B = with=equals \r\n"
      "C='single $x \\n # kept' # comment\n"
      "D=\"double\\n\\t\\\"\\\\ \\x\"\n"
      "E=\"two\nlines\"\n"
      "F=\n"
      "G=#not-a-comment\n"
      "A=later",
      ".env");
  ASSERT_TRUE(values) << values.error().detail;
  const Variables expected = {{"A", "later"},
                              {"B", "with=equals"},
                              {"C", "single $x \\n # kept"},
                              {"D", "double\n\t\"\\ \\x"},
                              {"E", "two\nlines"},
                              {"F", ""},
                              {"G", "#not-a-comment"}};
  EXPECT_EQ(*values, expected);
}

TEST(Dotenv, NamesFileAndLineOfAMistake) {
  const struct {
    const char* text;
    const char* expected;
  } kCases[] = {{"A=1\nnothing\n", ".env:2: a line is NAME=VALUE"},
                {"A=1\nB=\"x\ny\n", ".env:4: a quote is not closed"},
                {"A='x' y", ".env:1: something follows the quoted value"},
                {"2A=x", ".env:1: '2A' has characters"},
                {"A", ".env:1: a line is NAME=VALUE"}};
  for (const auto& one : kCases) {
    const auto values = parse_dotenv(one.text, ".env");
    ASSERT_FALSE(values) << one.text;
    EXPECT_EQ(values.error().code, Code::env_invalid);
    EXPECT_EQ(values.error().detail.substr(0, std::string_view(one.expected).size()), one.expected);
  }
}

TEST(Dotenv, LocalValuesOfDeclaredNamesAlone) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(replace_file(folder.path() / ".env", "A=env\nB=env\nC=env\nOTHER=env\n", 0600, Durable::no));
  ASSERT_TRUE(replace_file(folder.path() / ".env.staging", "B=staging\nC=staging\n", 0600, Durable::no));
  ASSERT_EQ(::setenv("C", "shell", 1), 0);
  FunctionSettings settings;
  settings.required_secrets = {"A", "D"};
  settings.optional_secrets = {"B"};
  settings.env = {{"C", "file"}};
  EXPECT_EQ(*local_values(folder.path(), "staging", settings),
            (Variables{{"A", "env"}, {"B", "staging"}, {"C", "shell"}}));
  EXPECT_EQ(*local_values(folder.path(), "", settings), (Variables{{"A", "env"}, {"B", "env"}, {"C", "shell"}}));
  ::unsetenv("C");
  EXPECT_TRUE(local_values(folder.path() / "nowhere", "", settings)->empty());
}

}  // namespace
}  // namespace faasta::cli
