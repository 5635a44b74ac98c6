#include "api/api.hpp"

#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

class ApiTest : public test::ApiFixture {};

TEST_F(ApiTest, WhatIsNotThereIsSaid) {
  const auto answered = call("GET", "/v1/nothing?secret=1");
  EXPECT_EQ(answered.status, 404);
  EXPECT_EQ(code(answered), "unknown_route");
  EXPECT_NE(problem(answered).find("/v1/nothing"), std::string::npos);
  EXPECT_EQ(answered.body.find("secret"), std::string::npos);
  EXPECT_EQ(answered.field("faasta-api"), "1");
}

TEST_F(ApiTest, AMethodThatIsNotTakenSaysWhichAre) {
  const auto refused = call("PUT", "/v1/tokens");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.field("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(refused.field("faasta-api"), "1");
  const auto options = call("OPTIONS", "/v1/tokens");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.field("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(call("OPTIONS", "*").field("allow"), "GET, HEAD, POST, DELETE, PUT, OPTIONS");
}

TEST_F(ApiTest, HeadIsAnsweredAsGet) {
  const auto head = call("HEAD", "/v1/me");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

/// The answer to a failure of the server has no cause; the log has it.
TEST_F(ApiTest, AFailureOfOursIsNotExplained) {
  ASSERT_TRUE(store_.connections().change(
      [](store::Database& database) { return database.execute("ALTER TABLE token RENAME TO gone"); }));
  const auto answered = call("GET", "/v1/me");
  EXPECT_EQ(answered.status, 500);
  EXPECT_EQ(code(answered), "internal_error");
}

}  // namespace
}  // namespace faasta::api
