#include "server/config_values.hpp"

#include <gtest/gtest.h>

namespace faasta::server {
namespace {

TEST(ConfigValues, Listen) {
  for (const char* good : {"127.0.0.1:8080", "[::1]:80", "0.0.0.0:0"}) EXPECT_EQ(wrong_listen(good), "") << good;
  for (const char* wrong : {"8382", "", ":8080", "localhost:8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999"})
    EXPECT_NE(wrong_listen(wrong).find("such as 127.0.0.1:8080"), std::string::npos) << wrong;
}

TEST(ConfigValues, BaseDomain) {
  for (const char* good : {"localhost", "example.com", "a-b.c1"}) EXPECT_EQ(wrong_base_domain(good), "") << good;
  for (const char* wrong : {"", ".a", "a.", "Example.com", "https://example.com", "a b", "example.com:80"})
    EXPECT_NE(wrong_base_domain(wrong), "") << wrong;
}

TEST(ConfigValues, PublicUrl) {
  for (const char* good : {"", "https://example.com", "http://example.com:8443"})
    EXPECT_EQ(wrong_public_url(good), "") << good;
  for (const char* wrong : {"example.com", "https://example.com/faasta", "https://", "https://example.com/"})
    EXPECT_NE(wrong_public_url(wrong), "") << wrong;
}

TEST(ConfigValues, Reachable) {
  for (const char* good : {"10.0.0.5:5432", "[::1]:1", "127.0.0.1:65535"}) EXPECT_EQ(wrong_reachable(good), "") << good;
  for (const char* wrong :
       {"localhost:80", "10.0.0.0/8", "10.0.0.5", "10.0.0.5:0", "::1:80", "10.0.0.5:65536", "", ":80"})
    EXPECT_NE(wrong_reachable(wrong).find("is not an IP address and a port"), std::string::npos) << wrong;
}

TEST(ConfigValues, Clock) {
  for (const char* good : {"exact", "coarse", "frozen"}) EXPECT_EQ(wrong_clock(good), "") << good;
  for (const char* wrong : {"", "1ms", "Exact"}) EXPECT_EQ(wrong_clock(wrong), "must be exact, coarse or frozen");
}

TEST(ConfigValues, APageOriginIsAnOriginInLowerCase) {
  for (const char* good : {"https://play.example.com", "http://localhost:5173"}) EXPECT_EQ(wrong_page_origin(good), "");
  for (const char* wrong : {"", "*", "null", "play.example.com", "https://Play.example.com", "https://a.example/path",
                            "https://a.example:443", "http://a.example:80"})
    EXPECT_NE(wrong_page_origin(wrong), "") << wrong;
}

TEST(ConfigValuesTest, Collectors) {
  for (const char* good : {"http://127.0.0.1:4318", "https://otlp.example.com", "https://otlp.example.com/tenant"})
    EXPECT_EQ(wrong_collector(good), "") << good;
  for (const char* bad :
       {"", "otlp.example.com", "ftp://otlp.example.com", "http://a.example/", "http://a.example?x=1"})
    EXPECT_NE(wrong_collector(bad), "") << bad;
  EXPECT_EQ(wrong_field("authorization: Bearer secret"), "");
  for (const char* bad : {"", "authorization", "a b: c", ": c", "a: b\r\nc: d"})
    EXPECT_EQ(wrong_field(bad), "it has a text that is not of the form \"name: value\"") << bad;
}

}  // namespace
}  // namespace faasta::server
