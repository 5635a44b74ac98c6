#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

class SecretsApiTest : public test::ApiFixture {
 protected:
  test::Answered set(std::string body) { return call("POST", kPath, std::move(body)); }
  static constexpr const char* kPath = "/v1/functions/hello/secrets";
};

TEST_F(SecretsApiTest, AreSetListedAndDeletedAndNeverShown) {
  const auto made = set(R"({"B":"value-b","A":"value-a"})");
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(made.body.find("value-"), std::string::npos);
  EXPECT_EQ(changed_, std::vector<std::string>{"hello"});
  const auto listed = json_of(call("GET", kPath));
  ASSERT_EQ(listed.at("secrets").as_array().size(), 2U);
  const auto& first = listed.at("secrets").as_array()[0].as_object();
  EXPECT_EQ(first.at("name"), "A");
  EXPECT_EQ(first.at("generation"), 1);
  EXPECT_FALSE(first.contains("value"));
  EXPECT_EQ(call("DELETE", std::string(kPath) + "?name=A").status, 200);
  EXPECT_EQ(code(call("DELETE", std::string(kPath) + "?name=A")), "secret_not_found");
  EXPECT_EQ(code(call("DELETE", kPath)), "bad_request");
  EXPECT_EQ(json_of(call("GET", kPath)).at("secrets").as_array().size(), 1U);
}

TEST_F(SecretsApiTest, RollbackGivesTheValueBefore) {
  set(R"({"A":"one"})");
  set(R"({"A":"two"})");
  const std::string path = std::string(kPath) + "/rollback";
  EXPECT_EQ(json_of(call("POST", path, R"({"name":"A"})")).at("generation"), 1);
  EXPECT_EQ(code(call("POST", path, R"({"name":"A"})")), "secret_not_found");
  EXPECT_EQ(code(call("POST", path, R"({"name":"B"})")), "secret_not_found");
  EXPECT_EQ(code(call("POST", path, R"({"other":"B"})")), "unknown_field");
  EXPECT_EQ(code(call("POST", path, R"({"name":1})")), "bad_request");
  EXPECT_EQ(code(call("POST", path, "{}")), "bad_request");
}

TEST_F(SecretsApiTest, WhatCannotBeSetIsSaid) {
  for (const char* const body : {"", "[]", R"({"A":1})", R"({"A":null})", "{}"})
    EXPECT_EQ(set(body).status, 400) << body;
  for (const char* const body : {R"({"2":"x"})", R"({"FAASTA_X":"x"})", R"({"A":"\u0000"})"})
    EXPECT_EQ(code(set(body)), "env_invalid") << body;
  EXPECT_EQ(set("{\"A\":\"" + std::string(600'000, 'x') + "\"}").status, 413);
}

TEST_F(SecretsApiTest, AReaderMayListAndADeployerMaySet) {
  const std::string reader = token_with("read");
  const std::string deployer = token_with("deploy:hello");
  EXPECT_EQ(call_as(deployer, "POST", kPath, R"({"A":"x"})").status, 200);
  EXPECT_EQ(call_as(reader, "GET", kPath).status, 200);
  EXPECT_EQ(code(call_as(reader, "POST", kPath, R"({"A":"x"})")), "scope_missing");
  EXPECT_EQ(code(call_as(deployer, "POST", "/v1/functions/other/secrets", R"({"A":"x"})")), "scope_missing");
}

TEST_F(SecretsApiTest, ADeployNeedsItsRequiredSecrets) {
  const std::string query = "?required_secrets=KEY&required_secrets=OTHER&optional_secrets=MORE";
  const auto refused = deploy("hello", "bytes", query);
  EXPECT_EQ(problem(refused), "F1002 not set: KEY, OTHER");
  set(R"({"KEY":"x","OTHER":"y"})");
  EXPECT_EQ(deploy("hello", "bytes", query).status, 201);
  const auto status = json_of(call("GET", "/v1/functions/hello"));
  EXPECT_EQ(status.at("required_secrets"), (json::array{"KEY", "OTHER"}));
  EXPECT_EQ(status.at("optional_secrets"), (json::array{"MORE"}));
}

}  // namespace
}  // namespace faasta::api
