#include "api/tokens.hpp"

#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

class TokensApiTest : public test::ApiFixture {
 protected:
  test::Answered create(std::string body) { return call("POST", "/v1/tokens", std::move(body)); }
};

TEST_F(TokensApiTest, MeIsTheOwnerAndTheToken) {
  ASSERT_EQ(deploy("hello", "bytes").status, 201);
  const auto me = json_of(call("GET", "/v1/me"));
  EXPECT_EQ(me.at("mode"), "single-owner");
  EXPECT_TRUE(me.at("owner").as_object().at("github_id").is_null());
  EXPECT_EQ(me.at("token").as_object().at("scopes"), (json::array{"admin"}));
  EXPECT_TRUE(me.at("token").as_object().at("expires_at").is_null());
  EXPECT_EQ(me.at("usage").as_object().at("functions"), 1);
  EXPECT_EQ(me.at("usage").as_object().at("stored_bytes"), 5);
  EXPECT_EQ(me.at("limits").as_object().at("memory_mb"), 128);
  EXPECT_EQ(me.at("quota"), store::to_json(options_.quota));
}

TEST_F(TokensApiTest, AnotherIsMadeListedUsedAndRevoked) {
  const auto answered = create(R"({"name":"ci","scopes":["read","deploy:hello"],"expires_in":60})");
  EXPECT_EQ(answered.status, 201);
  const auto made = json_of(answered);
  EXPECT_EQ(made.at("name"), "ci");
  const std::string token(made.at("token").as_string());
  const std::string id = std::to_string(made.at("id").as_int64());
  EXPECT_EQ(call_as(token, "GET", "/v1/me").status, 200);
  EXPECT_EQ(json_of(call("GET", "/v1/tokens")).at("tokens").as_array().size(), 2U);
  EXPECT_EQ(json_of(call("DELETE", "/v1/tokens/" + id)).at("revoked"), true);
  EXPECT_EQ(call_as(token, "GET", "/v1/me").status, 401);
  EXPECT_EQ(code(call("DELETE", "/v1/tokens/" + id)), "token_not_found");
  for (const char* other : {"x", "0", "7x", "-1"})
    EXPECT_EQ(code(call("DELETE", std::string("/v1/tokens/") + other)), "token_not_found") << other;
}

TEST_F(TokensApiTest, ItEndsAfter90DaysUnlessSaidOtherwise) {
  const auto usual = json_of(create(R"({"name":"ci","scopes":["read"]})"));
  const auto end = parse_rfc3339(usual.at("expires_at").as_string());
  ASSERT_TRUE(end);
  const auto days = std::chrono::duration_cast<std::chrono::hours>(*end - system_now()).count() / 24;
  EXPECT_TRUE(days == 89 || days == 90) << days;
}

TEST_F(TokensApiTest, WhatCannotBeMadeIsSaid) {
  std::string scopes = R"({"name":"a","scopes":[")" + std::string("read");
  for (int i = 0; i < 32; ++i) scopes += R"(","read)";
  scopes += "\"]}";
  for (const std::string& body :
       {std::string("[]"), std::string("{}"), std::string(R"({"name":"a"})"), std::string(R"({"scopes":["read"]})"),
        std::string(R"({"name":"","scopes":["read"]})"), std::string(R"({"name":"a\u0001","scopes":["read"]})"),
        R"({"name":")" + std::string(101, 'a') + R"(","scopes":["read"]})",
        std::string(R"({"name":"a","scopes":"read"})"), std::string(R"({"name":"a","scopes":[1]})"),
        std::string(R"({"name":"a","scopes":["write"]})"),
        std::string(R"({"name":"a","scopes":["read"],"expires_in":0})"),
        std::string(R"({"name":"a","scopes":["read"],"expires_in":31622401})"), scopes})
    EXPECT_EQ(create(body).status, 400) << body;
  EXPECT_EQ(code(create(R"({"name":"a","scopes":["read"],"admin":true})")), "unknown_field");
  EXPECT_EQ(json_of(call("GET", "/v1/tokens")).at("tokens").as_array().size(), 1U);
}

TEST_F(TokensApiTest, TheOneInUseIsRevokedByAnotherName) {
  const std::string reader = token_with("read");
  EXPECT_EQ(call_as(reader, "DELETE", "/v1/tokens/current").status, 200);
  EXPECT_EQ(call_as(reader, "GET", "/v1/me").status, 401);
  EXPECT_EQ(code(call("DELETE", "/v1/tokens/current")), "bad_request") << "it would be back at the next start";
  options_.single_owner = false;
  open();
  EXPECT_EQ(call("DELETE", "/v1/tokens/current").status, 200);
}

}  // namespace
}  // namespace faasta::api
