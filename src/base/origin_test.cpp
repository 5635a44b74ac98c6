#include "base/origin.hpp"

#include <gtest/gtest.h>

#include <string>

namespace faasta {
namespace {

TEST(Origin, GoodOnesPass) {
  for (const char* text : {"https://api.example.com", "http://localhost", "http://10.0.0.5:8080",
                           "https://[2001:db8::1]", "http://[::1]:80", "https://API.Example.COM:443",
                           "https://a_b.example.com", "http://x:65535", "https://example.com."})
    EXPECT_TRUE(check_origin(text)) << text;
}

TEST(Origin, WrongOnesSayWhatIsWrong) {
  const struct {
    std::string text;
    std::string said;
  } kCases[] = {
      {"", "does not begin with https:// or http://"},
      {"api.example.com", "does not begin with https:// or http://"},
      {"ftp://api.example.com", "does not begin with https:// or http://"},
      {"HTTPS://api.example.com", "does not begin with https:// or http://"},
      {"https://", "no host"},
      {"https://:443", "no host"},
      {"https://*.example.com", "no wildcards"},
      {"https://*", "no wildcards"},
      {"https://api.example.com/v1/x", "write \"https://api.example.com\""},
      {"https://api.example.com/", "write \"https://api.example.com\""},
      {"https://api.example.com?x=1", "write \"https://api.example.com\""},
      {"https://api.example.com#x", "write \"https://api.example.com\""},
      {"https://u:p@api.example.com", "a user name or a password"},
      {"https://api.example.com:0", "'0' is not a port"},
      {"https://api.example.com:65536", "'65536' is not a port"},
      {"https://api.example.com:", "'' is not a port"},
      {"https://api.example.com:https", "'https' is not a port"},
      {"https://api.example.com:+80", "is not a port"},
      {"https://[2001:db8::1", "not an IPv6 address"},
      {"https://[1.2.3.4]", "not an IPv6 address"},
      {"https://[::1]x", "not an IPv6 address"},
      {"https://a b.example.com", "a character other than"},
      {"https://b\xc3\xbc"
       "cher.example",
       "a character other than"},
      {"https://a..b", "an empty label"},
      {"https://.a", "an empty label"},
      {"https://" + std::string(254, 'a'), "longer than 253"},
  };
  for (const auto& one : kCases) {
    const auto checked = check_origin(one.text);
    ASSERT_FALSE(checked) << one.text;
    EXPECT_EQ(checked.error().code, Code::bad_request);
    EXPECT_NE(checked.error().detail.find(one.said), std::string::npos) << checked.error().detail;
  }
}

}  // namespace
}  // namespace faasta
