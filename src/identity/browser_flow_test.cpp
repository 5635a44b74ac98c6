#include "identity/browser_flow.hpp"

#include <gtest/gtest.h>

#include "base/pkce.hpp"

namespace faasta::identity {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kRedirect = "http://127.0.0.1:4711/callback";

/// A flow with a clock that stands still until the test moves it.
class BrowserFlowTest : public testing::Test {
 protected:
  SteadyTime now_;
  std::string verifier_ = new_code_verifier();
  BrowserFlow flow_{{.most = 3, .clock = [this] { return now_; }}};

  LoginRequest request() { return {std::string(kRedirect), "state-of-the-client", code_challenge(verifier_), "S256"}; }
  Departure depart() { return flow_.depart(request()).value(); }
  std::string issue() { return flow_.issue(request(), {7, "ada"}); }
};

Code code_of(const auto& result) { return result ? Code::internal_error : result.error().code; }

TEST_F(BrowserFlowTest, LeadsFromTheLinkToTheUser) {
  const Departure departure = depart();
  EXPECT_GE(departure.state.size(), 32U);
  auto arrival = flow_.arrive(departure.state, departure.browser_secret);
  ASSERT_TRUE(arrival);
  EXPECT_EQ(code_challenge(arrival->code_verifier), departure.code_challenge);
  EXPECT_EQ(arrival->request.state, "state-of-the-client");
  const std::string code = flow_.issue(std::move(arrival->request), {7, "ada"});
  const auto user = flow_.redeem(code, verifier_, kRedirect);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->id, 7);
}

TEST_F(BrowserFlowTest, ABrowserMayComeBackToTheOwnPage) {
  const std::string own = "https://example.com/dashboard/github/back";
  BrowserFlow flow({.own_page = own});
  LoginRequest wanted = request();
  wanted.redirect_uri = own;
  EXPECT_TRUE(flow.depart(wanted));
  EXPECT_TRUE(flow.depart(request()));
  for (const std::string& other : {own + "/", own + "?x", std::string("https://example.com/"), std::string()}) {
    wanted.redirect_uri = other;
    EXPECT_EQ(code_of(flow.depart(wanted)), Code::login_invalid) << other;
  }
  wanted.redirect_uri.clear();
  EXPECT_EQ(code_of(flow_.depart(wanted)), Code::login_invalid) << "without an own page";
}

TEST_F(BrowserFlowTest, AStateIsGoodOnce) {
  const Departure departure = depart();
  ASSERT_TRUE(flow_.arrive(departure.state, departure.browser_secret));
  EXPECT_EQ(code_of(flow_.arrive(departure.state, departure.browser_secret)), Code::login_state_invalid);
}

TEST_F(BrowserFlowTest, AnotherBrowserUsesTheStateUp) {
  const Departure departure = depart();
  const Departure other = depart();
  EXPECT_EQ(code_of(flow_.arrive(departure.state, other.browser_secret)), Code::login_state_invalid);
  EXPECT_EQ(code_of(flow_.arrive(departure.state, departure.browser_secret)), Code::login_state_invalid);
  EXPECT_TRUE(flow_.arrive(other.state, other.browser_secret));
}

TEST_F(BrowserFlowTest, AStateExpiresAfterTenMinutes) {
  const Departure in_time = depart();
  const Departure late = depart();
  now_ += 599s;
  EXPECT_TRUE(flow_.arrive(in_time.state, in_time.browser_secret));
  now_ += 1s;
  EXPECT_EQ(code_of(flow_.arrive(late.state, late.browser_secret)), Code::login_state_invalid);
}

TEST_F(BrowserFlowTest, ACodeIsGoodOnce) {
  const std::string code = issue();
  ASSERT_TRUE(flow_.redeem(code, verifier_, kRedirect));
  EXPECT_EQ(code_of(flow_.redeem(code, verifier_, kRedirect)), Code::login_code_invalid);
}

TEST_F(BrowserFlowTest, ACodeExpiresAfterTwoMinutes) {
  const std::string in_time = issue();
  const std::string late = issue();
  now_ += 119s;
  EXPECT_TRUE(flow_.redeem(in_time, verifier_, kRedirect));
  now_ += 1s;
  EXPECT_EQ(code_of(flow_.redeem(late, verifier_, kRedirect)), Code::login_code_invalid);
}

TEST_F(BrowserFlowTest, AWrongVerifierOrAddressUsesTheCodeUp) {
  std::string code = issue();
  EXPECT_EQ(code_of(flow_.redeem(code, new_code_verifier(), kRedirect)), Code::login_code_invalid);
  EXPECT_EQ(code_of(flow_.redeem(code, verifier_, kRedirect)), Code::login_code_invalid);
  code = issue();
  EXPECT_EQ(code_of(flow_.redeem(code, verifier_, "http://127.0.0.1:4712/callback")), Code::login_code_invalid);
  EXPECT_EQ(code_of(flow_.redeem(code, verifier_, kRedirect)), Code::login_code_invalid);
}

TEST_F(BrowserFlowTest, TheOldestGoesWhenThereAreTooMany) {
  const Departure first = depart();
  const Departure second = depart();
  depart();
  depart();
  EXPECT_FALSE(flow_.arrive(first.state, first.browser_secret));
  EXPECT_TRUE(flow_.arrive(second.state, second.browser_secret));
}

TEST_F(BrowserFlowTest, RefusesRequestsThatLackSomething) {
  const auto refused = [this](auto change) {
    LoginRequest changed = request();
    change(changed);
    return code_of(flow_.depart(changed)) == Code::login_invalid;
  };
  EXPECT_TRUE(refused([](LoginRequest& r) { r.code_challenge.clear(); }));
  EXPECT_TRUE(refused([](LoginRequest& r) { r.code_challenge += "="; }));
  EXPECT_TRUE(refused([](LoginRequest& r) { r.code_challenge_method = "plain"; }));
  EXPECT_TRUE(refused([](LoginRequest& r) { r.code_challenge_method.clear(); }));
  EXPECT_TRUE(refused([](LoginRequest& r) { r.state.clear(); }));
  EXPECT_TRUE(refused([](LoginRequest& r) { r.state = "short"; }));
  EXPECT_TRUE(refused([](LoginRequest& r) { r.state = "not-only-unreserved&x=1"; }));
  EXPECT_TRUE(refused([](LoginRequest& r) { r.state = std::string(129, 'a'); }));
  EXPECT_TRUE(refused([](LoginRequest& r) { r.redirect_uri = "http://127.0.0.1/callback"; }));
}

TEST(LoopbackRedirect, IsAnAddressWithAPortAndAPlainPath) {
  for (const char* good : {"http://127.0.0.1:1/", "http://127.0.0.1:65535/callback", "http://[::1]:8080/a/b.c"})
    EXPECT_TRUE(is_loopback_redirect(good)) << good;
  for (const char* bad : {"",
                          "http://127.0.0.1",
                          "http://127.0.0.1/",
                          "http://127.0.0.1:/",
                          "http://127.0.0.1:0/",
                          "http://127.0.0.1:80",
                          "http://127.0.0.1:65536/",
                          "http://127.0.0.1:080/",
                          "http://127.0.0.1:8a/",
                          "https://127.0.0.1:80/",
                          "HTTP://127.0.0.1:80/",
                          "http://localhost:80/",
                          "http://localhost.evil.example:80/",
                          "http://127.0.0.2:80/",
                          "http://127.0.0.1.evil.example:80/",
                          "http://evil.example:80/",
                          "http://127.0.0.1:80@evil.example/",
                          "http://user@127.0.0.1:80/",
                          "http://127.0.0.1:80/?a=b",
                          "http://127.0.0.1:80/#a",
                          "http://127.0.0.1:80/%41",
                          "http://127.0.0.1:80/../a",
                          "http://127.0.0.1:80/a b",
                          "http://127.0.0.1:80/\r\nx: y",
                          "http://127.0.0.1:80\\a/",
                          "http://[::1]/",
                          "http://[::2]:80/",
                          "http://0177.0.0.1:80/",
                          "//127.0.0.1:80/",
                          "javascript:alert(1)"})
    EXPECT_FALSE(is_loopback_redirect(bad)) << bad;
  EXPECT_FALSE(is_loopback_redirect("http://127.0.0.1:80/" + std::string(300, 'a')));
}

}  // namespace
}  // namespace faasta::identity
