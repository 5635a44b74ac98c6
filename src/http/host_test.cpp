#include "http/host.hpp"

#include <gtest/gtest.h>

namespace faasta::http {
namespace {

TEST(Authority, IsAHostWithAnOptionalPort) {
  for (const char* good : {"a", "a.b:1", "[::1]", "[fe80::1]:65535", "a_b", "a:", "[::1]:", "a%00b", "a*", "a,b;c"})
    EXPECT_TRUE(is_authority(good)) << good;
  for (const char* bad : {"", ":80", ":", "a:0", "a:65536", "a:x", "a b", "a@b", "a/b", "[::1", "[]", "[x]",
                          "[::1%25eth0]", "a%0", "a%g0b", "a:1:2", "a\\b", "a\"b"})
    EXPECT_FALSE(is_authority(bad)) << bad;
}

TEST(Host, IsWithinADomainByWholeLabels) {
  for (const char* inside : {"a.test", "x.a.test", "X.A.TEST.:80", "a.test:1"})
    EXPECT_TRUE(is_within(inside, "a.test")) << inside;
  for (const char* outside : {"test", "ba.test", "a.test.evil", "", "a.test.."})
    EXPECT_FALSE(is_within(outside, "a.test")) << outside;
}

}  // namespace
}  // namespace faasta::http
