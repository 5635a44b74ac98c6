#include "api/login_page.hpp"

#include <gtest/gtest.h>

namespace faasta::api {
namespace {

std::string name_of(const std::string& set_cookie) { return set_cookie.substr(0, set_cookie.find('=')); }

http::RequestHead with_cookies(std::vector<FieldView> fields) {
  http::RequestHead head;
  head.fields = std::move(fields);
  return head;
}

TEST(LoginCookie, BelongsToTheHostAloneBehindHttps) {
  const std::string secure = LoginCookie("state", true).set("value");
  EXPECT_TRUE(secure.starts_with("__Host-faasta-login-")) << secure;
  EXPECT_NE(secure.find("; Path=/; Secure"), std::string::npos) << secure;
  EXPECT_EQ(secure.find("Domain"), std::string::npos) << secure;
  const std::string plain = LoginCookie("state", false).set("value");
  EXPECT_TRUE(plain.starts_with("faasta-login-")) << plain;
  EXPECT_EQ(plain.find("Secure"), std::string::npos) << plain;
}

TEST(LoginCookie, IsFoundAmongOthersAndOnlyForItsState) {
  const LoginCookie cookie("state", false);
  const std::string mine = name_of(cookie.set("x")) + "=mine";
  const std::string others = "a=b; " + name_of(LoginCookie("another", false).set("x")) + "=theirs;  " + mine + "; c=d";
  EXPECT_EQ(cookie.value(with_cookies({{"cookie", others}})), "mine");
  EXPECT_EQ(cookie.value(with_cookies({{"accept", "*/*"}, {"Cookie", "a=b"}, {"cookie", mine}})), "mine");
  EXPECT_EQ(cookie.value(with_cookies({{"cookie", "a=b; x" + mine}})), std::nullopt);
  EXPECT_EQ(cookie.value(with_cookies({})), std::nullopt);
  EXPECT_EQ(LoginCookie("state", true).value(with_cookies({{"cookie", mine}})), std::nullopt);
}

TEST(LoginCookie, IsClearedWhereItWasSet) {
  for (const bool secure : {true, false}) {
    const LoginCookie cookie("state", secure);
    EXPECT_EQ(name_of(cookie.cleared()), name_of(cookie.set("x")));
    EXPECT_NE(cookie.cleared().find("Max-Age=0"), std::string::npos);
  }
}

}  // namespace
}  // namespace faasta::api
