#include "base/text.hpp"

#include <gtest/gtest.h>

#include "base/loopback.hpp"

namespace faasta {
namespace {

TEST(Text, TakesWhatIsBeforeASeparator) {
  std::string_view text = "a=b=c";
  EXPECT_EQ(take_until(text, '='), "a");
  EXPECT_EQ(text, "b=c");
  EXPECT_EQ(take_until(text, "=c"), "b");
  EXPECT_EQ(text, "");
  text = "none";
  EXPECT_EQ(take_until(text, "\r\n"), "none");
  EXPECT_EQ(text, "");
}

TEST(Text, TrimsBothEnds) {
  EXPECT_EQ(trimmed(" \ta b\t "), "a b");
  EXPECT_EQ(trimmed(" \t "), "");
  EXPECT_EQ(trimmed("\r\n a \r\n", " \t\r\n"), "a");
}

TEST(Text, IgnoresTheCaseOfLettersAlone) {
  EXPECT_TRUE(same_ignoring_case("Content-Type", "content-tYPE"));
  EXPECT_FALSE(same_ignoring_case("a", "ab"));
  EXPECT_FALSE(same_ignoring_case("[", "{"));
  EXPECT_EQ(lowered("AbC-Z@["), "abc-z@[");
}

TEST(Loopback, IsThisMachineAlone) {
  for (const char* here : {"localhost", "a.localhost", "127.0.0.1", "127.1.2.255", "::1", "[::1]"})
    EXPECT_TRUE(is_loopback_host(here)) << here;
  for (const char* elsewhere :
       {"", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0", "127.0.0.256", "127.0.0.1.", "128.0.0.1",
        "127.0.0.1.1", "10.0.0.1", "::2", "example.com", "127.evil.example"})
    EXPECT_FALSE(is_loopback_host(elsewhere)) << elsewhere;
}

}  // namespace
}  // namespace faasta
