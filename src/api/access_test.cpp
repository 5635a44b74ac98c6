#include "api/access.hpp"

#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

TEST(CheckAccess, AsksForTheScopeOfTheEndpoint) {
  struct Case {
    Access access;
    const char* scopes;
    bool allowed;
  };
  for (const Case& one : std::initializer_list<Case>{
           {Access::open, "read", true},
           {Access::any_token, "read", true},
           {Access::read_function, "read", true},
           {Access::read_function, "deploy:hello", true},
           {Access::read_function, "deploy:other", false},
           {Access::deploy_function, "deploy", true},
           {Access::deploy_function, "deploy:hello", true},
           {Access::deploy_function, "deploy:other", false},
           {Access::deploy_function, "read", false},
           {Access::admin, "deploy", false},
           {Access::admin, "admin", true},
       }) {
    const auto may = check_access(one.access, *Scopes::parse(one.scopes), "hello");
    EXPECT_EQ(may.has_value(), one.allowed) << one.scopes;
    if (!may) EXPECT_EQ(may.error().code, Code::scope_missing);
  }
}

class AccessTest : public test::ApiFixture {
 protected:
  test::Answered with(const std::string& authorization) {
    return call("GET", "/v1/me", "", {{"authorization", authorization}});
  }
};

TEST_F(AccessTest, TheTokenSaysWhoAsks) {
  EXPECT_EQ(with("Bearer " + token_).status, 200);
  EXPECT_EQ(with("bearer " + token_).status, 200) << "the scheme has no case";
}

TEST_F(AccessTest, WithoutOneNothingIsTold) {
  test::ScriptedExchange bare(loop_, "GET", "/v1/me");
  loop_.run(api_->serve(bare));
  EXPECT_EQ(bare.answered().status, 401);
  EXPECT_EQ(bare.answered().field("www-authenticate"), R"(Bearer realm="faasta")");
  for (const std::string wrong : {"", "Bearer", "Bearer ", "Basic abc", "abc"})
    EXPECT_EQ(code(with(wrong)), "not_signed_in") << wrong;
}

TEST_F(AccessTest, AWrongOneIsToldWhatIsWrong) {
  EXPECT_EQ(problem(with("Bearer faa_cut")),
            std::string(info(Code::not_signed_in).id) + " the token is mistyped or cut off");
  EXPECT_EQ(problem(with("Bearer " + identity::new_token())),
            std::string(info(Code::not_signed_in).id) + " the token is unknown, expired or revoked");
}

TEST_F(AccessTest, WhoGuessesIsStoppedAndWhoKnowsIsNot) {
  EXPECT_EQ(with("Bearer " + token_).status, 200);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(with("Bearer wrong").status, 401) << i;
  const auto stopped = with("Bearer wrong");
  EXPECT_EQ(stopped.status, 429);
  EXPECT_TRUE(stopped.field("retry-after"));
  EXPECT_EQ(with("Bearer " + token_).status, 200) << "a token that was right passes";
  const std::string fresh = token_with("read");
  int let_in = 0;
  for (int i = 0; i < 3; ++i) let_in += with("Bearer " + fresh).status == 200 ? 1 : 0;
  EXPECT_EQ(let_in, 3) << "a new one is looked up now and then";
}

TEST_F(AccessTest, AnotherNetworkIsNotStoppedWithIt) {
  for (int i = 0; i < 61; ++i) static_cast<void>(with("Bearer wrong"));
  const auto other = exchange("GET", "/v1/me", {{"authorization", "Bearer wrong"}});
  other->set_client(http::client_at(asio::ip::make_address("198.51.100.1")));
  loop_.run(api_->serve(*other));
  EXPECT_EQ(other->answered().status, 401);
}

TEST_F(AccessTest, AnOwnerMayAskSoOften) {
  options_.quota.api_requests_per_minute = 2;
  open();
  EXPECT_EQ(with("Bearer " + token_).status, 200);
  EXPECT_EQ(with("Bearer " + token_).status, 200);
  const auto stopped = with("Bearer " + token_);
  EXPECT_EQ(code(stopped), "too_many_requests");
  EXPECT_EQ(problem(stopped), std::string(info(Code::too_many_requests).id) + " 2 a minute are allowed");
}

TEST_F(AccessTest, TheScopesAreThoseOfTheToken) {
  const std::string reader = token_with("read");
  EXPECT_EQ(call_as(reader, "GET", "/v1/me").status, 200);
  EXPECT_EQ(code(call_as(reader, "GET", "/v1/tokens")), "scope_missing");
  EXPECT_EQ(code(call_as(token_with("deploy:other"), "GET", "/v1/functions/hello")), "scope_missing");
}

TEST_F(AccessTest, ItsUseIsNotedOnceAMinute) {
  static_cast<void>(with("Bearer " + token_));
  const auto first = store_.accounts().tokens(kSingleOwner)->front().last_used;
  ASSERT_TRUE(first);
  static_cast<void>(with("Bearer " + token_));
  EXPECT_EQ(store_.accounts().tokens(kSingleOwner)->front().last_used, first);
}

}  // namespace
}  // namespace faasta::api
