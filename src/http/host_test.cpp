#include "http/host.hpp"

#include <gtest/gtest.h>

namespace faasta::http {
namespace {

using Kind = Route::Kind;

TEST(Route, GoesByTheHostAlone) {
  const struct {
    const char* host;
    Kind kind;
    const char* name;
  } kCases[] = {
      {"localhost", Kind::apex, ""},
      {"LOCALHOST:8080", Kind::apex, ""},
      {"localhost.", Kind::apex, ""},
      {"api.localhost", Kind::api, ""},
      {"API.localhost.:80", Kind::api, ""},
      {"hello.localhost", Kind::function, "hello"},
      {"Hello.LocalHost:1", Kind::function, "hello"},
      {"a.b.localhost", Kind::unknown, ""},
      {".localhost", Kind::unknown, ""},
      {"hellolocalhost", Kind::foreign, ""},
      {"evil.com", Kind::foreign, ""},
      {"localhost.evil.com", Kind::foreign, ""},
      {"127.0.0.1", Kind::foreign, ""},
      {"[::1]:80", Kind::foreign, ""},
      {"localhost..", Kind::foreign, ""},
      {"hello..localhost", Kind::unknown, ""},
  };
  for (const auto& c : kCases) {
    const Route found = route(c.host, "localhost");
    EXPECT_EQ(found.kind, c.kind) << c.host;
    EXPECT_EQ(found.name, c.name) << c.host;
  }
}

TEST(Route, TakesTheVersionOffTheLabel) {
  EXPECT_EQ(route("hello--v12.localhost", "localhost").version, 12U);
  EXPECT_EQ(route("hello--v12.localhost", "localhost").name, "hello");
  for (const char* host : {"hello--v0.localhost", "hello--v.localhost", "hello--v1x.localhost",
                           "hello--v99999999999.localhost", "hello--x.localhost"}) {
    EXPECT_EQ(route(host, "localhost").version, std::nullopt) << host;
  }
}

TEST(Authority, IsAHostWithAnOptionalPort) {
  for (const char* good : {"a", "a.b:1", "[::1]", "[fe80::1]:65535", "a_b", "a:", "[::1]:", "a%00b", "a*", "a,b;c"})
    EXPECT_TRUE(is_authority(good)) << good;
  for (const char* bad : {"", ":80", ":", "a:0", "a:65536", "a:x", "a b", "a@b", "a/b", "[::1", "[]", "[x]",
                          "[::1%25eth0]", "a%0", "a%g0b", "a:1:2", "a\\b", "a\"b"})
    EXPECT_FALSE(is_authority(bad)) << bad;
}

}  // namespace
}  // namespace faasta::http
