#include "base/toml.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

// toml++ 3.3 ended the process at each of these.
TEST(Toml, AMistakeInTheNameOfATableIsReported) {
  using namespace std::string_view_literals;
  for (const auto text : {"a = 1\n\xef\xb9\xbfmi"sv, "a = 1\n[@b]\n"sv, "a = 1\n[= [\"b\"]\n"sv, "a = 1\n[\0b]\n"sv,
                          "a = 1\n[\x01"sv, "a = 1\n[["sv}) {
    const auto parsed = toml::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().source().begin.line, 2U) << text;
  }
}

}  // namespace
}  // namespace faasta
