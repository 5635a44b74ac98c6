#include "curl/curl.hpp"

#include <gtest/gtest.h>

#include <array>

namespace faasta::curl {
namespace {

TEST(CurlUrl, HasItsParts) {
  const auto url = Url::parse("https://user@Example.com:8443/a/b?c=d#e");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->part(CURLUPART_SCHEME), "https");
  EXPECT_EQ(url->part(CURLUPART_USER), "user");
  EXPECT_EQ(url->part(CURLUPART_HOST), "Example.com");
  EXPECT_EQ(url->part(CURLUPART_PORT), "8443");
  EXPECT_EQ(url->part(CURLUPART_PATH), "/a/b");
  EXPECT_EQ(url->part(CURLUPART_QUERY), "c=d");
  EXPECT_EQ(url->part(CURLUPART_PASSWORD), "");
  EXPECT_FALSE(Url::parse("no url"));
  EXPECT_EQ(Url::parse("ftp://example.com")->part(CURLUPART_SCHEME), "ftp");
}

TEST(CurlUrl, KnowsThisMachine) {
  for (const char* url : {"http://localhost:1/", "http://a.localhost", "https://127.0.0.1:8443", "http://[::1]:80/x"})
    EXPECT_TRUE(Url::parse(url)->is_this_machine()) << url;
  for (const char* url : {"http://example.com", "http://localhost.example.com", "http://192.0.2.1"})
    EXPECT_FALSE(Url::parse(url)->is_this_machine()) << url;
}

TEST(CurlList, KeepsTheOrder) {
  const std::array<std::string, 2> lines{"a: 1", "b;"};
  const List list = list_of(lines);
  ASSERT_TRUE(list && list->next);
  EXPECT_STREQ(list->data, "a: 1");
  EXPECT_STREQ(list->next->data, "b;");
  EXPECT_EQ(list->next->next, nullptr);
  EXPECT_FALSE(list_of({}));
}

}  // namespace
}  // namespace faasta::curl
