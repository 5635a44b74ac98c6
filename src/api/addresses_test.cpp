#include "api/addresses.hpp"

#include <gtest/gtest.h>

#include "unit/scripted_exchange.hpp"

namespace faasta::api {
namespace {

struct Case {
  std::string_view public_url;
  std::string_view port;
  std::string_view url;
};

TEST(Addresses, SayHowTheServerIsReached) {
  const std::vector<Case> cases = {
      {"", ":8080", "http://api.example.com:8080/"},
      {"", ":80", "http://api.example.com/"},
      {"http://example.com", ":8080", "http://api.example.com/"},
      {"https://example.com", ":8080", "https://api.example.com/"},
      {"https://example.com:8443", ":8080", "https://api.example.com:8443/"},
  };
  for (const Case& one : cases) {
    const Addresses addresses("example.com", one.public_url, one.port);
    EXPECT_EQ(addresses.url("api"), one.url);
    EXPECT_EQ(addresses.is_https(), one.url.starts_with("https://"));
  }
  EXPECT_EQ(Addresses("example.com", "", ":8080").authority("hello"), "hello.example.com:8080");
}

TEST(Addresses, ATrustedProxysWordCountsWhereTheOperatorGaveNone) {
  test::ScriptedLoop loop;
  test::ScriptedExchange exchange(loop, "GET", "/");
  const Addresses silent("localhost", "", ":8080");
  const Addresses told("localhost", "http://localhost:9000", ":8080");
  EXPECT_EQ(silent.url("hello", exchange), "http://hello.localhost:8080/") << "no proxy";
  EXPECT_FALSE(silent.is_https(exchange));
  exchange.set_client({.address = "192.0.2.1", .scheme = "https", .proxied = true});
  EXPECT_EQ(silent.url("hello", exchange), "https://hello.localhost/");
  EXPECT_TRUE(silent.is_https(exchange));
  EXPECT_EQ(told.url("hello", exchange), "http://hello.localhost:9000/");
  exchange.set_host("api.localhost:8443");
  EXPECT_EQ(silent.url("hello", exchange), "https://hello.localhost:8443/");
}

}  // namespace
}  // namespace faasta::api
