#include "gateway/set_cookie.hpp"

#include <gtest/gtest.h>

namespace faasta::gateway {
namespace {

struct Case {
  const char* sent;
  const char* seen;  ///< null: the field is left out
};

// Without this, the test's name would contain an address in memory.
void PrintTo(const Case& item, std::ostream* out) { *out << item.sent; }

class SetCookie : public testing::TestWithParam<Case> {};

TEST_P(SetCookie, IsForTheFunctionsOwnHost) {
  const auto seen = host_only_cookie(GetParam().sent);
  if (GetParam().seen == nullptr) {
    EXPECT_FALSE(seen.has_value()) << *seen;
  } else {
    EXPECT_EQ(seen, GetParam().seen);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, SetCookie,
    testing::Values(
        Case{"a=b", "a=b"}, Case{"a=b; Path=/x; HttpOnly", "a=b; Path=/x; HttpOnly"}, Case{"", ""}, Case{"a", "a"},
        Case{"a=b; Domain=example.com", "a=b"}, Case{"a=b; Domain=example.com; Secure", "a=b; Secure"},
        Case{"a=b;domain=.example.com", "a=b"}, Case{"a=b; DOMAIN = example.com ; Path=/", "a=b; Path=/"},
        Case{"a=b;\tDoMaIn\t=\texample.com", "a=b"}, Case{"a=b; Domain", "a=b"}, Case{"a=b; Domain=", "a=b"},
        Case{"a=b; Domain=one; Domain=two", "a=b"}, Case{"a=b; Domain=\"x;y\"; Secure", "a=b;y\"; Secure"},
        Case{"domain=b; Path=/", "domain=b; Path=/"}, Case{"a=domain=x; Secure", "a=domain=x; Secure"},
        Case{"a=b; Domains=x; XDomain=y", "a=b; Domains=x; XDomain=y"}, Case{"a=b;;; Secure", "a=b;;; Secure"},
        Case{"__Host-a=b; Secure; Path=/", "__Host-a=b; Secure; Path=/"},
        Case{"__Host-a=b; Secure; Path=/; Domain=x", "__Host-a=b; Secure; Path=/"}, Case{"__Host-a=b; Path=/", nullptr},
        Case{"__Host-a=b; Secure", nullptr}, Case{"__Host-a=b; Secure; Path=/x", nullptr}, Case{"__host-a=b", nullptr},
        Case{"  __HOST-a=b", nullptr}, Case{"__Host-a=b; Secure; Path=/; Path=/x", nullptr},
        Case{"__Secure-a=b", nullptr}, Case{"__Secure-a=b; Secure", "__Secure-a=b; Secure"},
        Case{"=__Host-a=b; Secure", nullptr}, Case{"=__Secure-a=b", nullptr}, Case{"a=__Host-b", "a=__Host-b"}));

}  // namespace
}  // namespace faasta::gateway
