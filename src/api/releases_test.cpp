#include "api/releases.hpp"

#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

class ReleasesApiTest : public test::ApiFixture {
 protected:
  test::Answered roll_back(std::string body) { return call("POST", "/v1/functions/hello/rollback", std::move(body)); }
  test::Answered set_alias(std::string body) { return call("POST", kAliases, std::move(body)); }
  /// Deploys three versions; the third one is not live.
  void deploy_three() {
    ASSERT_EQ(deploy("hello", "one").status, 201);
    ASSERT_EQ(deploy("hello", "two").status, 201);
    ASSERT_EQ(deploy("hello", "three", "?activate=false&alias=beta").status, 201);
  }
  json::object newest() {
    const auto versions = json_of(call("GET", "/v1/functions/hello/versions"));
    return versions.at("versions").as_array().at(0).as_object();
  }

  static constexpr const char* kAliases = "/v1/functions/hello/aliases";
  static constexpr const char* kLock = "/v1/functions/hello/lock";
};

TEST_F(ReleasesApiTest, ARollbackMovesThePointer) {
  for (const char* bytes : {"one", "two", "three"}) ASSERT_EQ(deploy("hello", bytes).status, 201);
  changed_.clear();
  const auto back = json_of(roll_back(""));
  EXPECT_EQ(back.at("version"), 2);
  EXPECT_EQ(back.at("previous"), 3);
  EXPECT_EQ(changed_, std::vector<std::string>{"hello"});
  EXPECT_EQ(json_of(roll_back(R"({"version":3})")).at("version"), 3);
  EXPECT_EQ(code(roll_back(R"({"version":9})")), "version_not_found");
  EXPECT_EQ(json_of(roll_back("{}")).at("version"), 2) << "nothing is asked for";
}

TEST_F(ReleasesApiTest, ARollbackSaysWhatIsWrongWithItsBody) {
  ASSERT_EQ(deploy("hello", "one").status, 201);
  for (const char* body : {"3", "[]", "{", R"({"version":"3"})", R"({"version":0})", R"({"version":4294967296})"})
    EXPECT_EQ(roll_back(body).status, 400) << body;
  EXPECT_EQ(code(roll_back(R"({"number":3})")), "unknown_field");
  EXPECT_EQ(code(roll_back(std::string(5000, ' '))), "body_too_large");
}

TEST_F(ReleasesApiTest, AVersionThatIsNotActivatedHasAddressesOnly) {
  ASSERT_EQ(deploy("hello", "one").status, 201);
  const auto made = json_of(deploy("hello", "two", "?activate=false&alias=beta"));
  EXPECT_EQ(made.at("version"), 2);
  EXPECT_EQ(made.at("active"), false);
  EXPECT_EQ(made.at("alias_url"), "http://hello--beta.localhost:8080/");
  EXPECT_EQ(json_of(call("GET", "/v1/functions/hello")).at("version"), 1);
  EXPECT_EQ(newest().at("was_live"), false);
  EXPECT_EQ(newest().at("aliases"), json::array{"beta"});
  EXPECT_EQ(json_of(roll_back(R"({"label":"beta"})")).at("version"), 2);
  EXPECT_EQ(newest().at("was_live"), true);
}

TEST_F(ReleasesApiTest, AFirstVersionMustBecomeActive) {
  EXPECT_EQ(code(deploy("hello", "one", "?activate=false")), "function_not_found");
  EXPECT_EQ(code(call("GET", "/v1/functions/hello")), "function_not_found");
}

TEST_F(ReleasesApiTest, ARollbackWithoutANumberChoosesAVersionThatWasLive) {
  deploy_three();
  ASSERT_EQ(deploy("hello", "four").status, 201);
  EXPECT_EQ(json_of(roll_back("")).at("version"), 2);
}

TEST_F(ReleasesApiTest, AnAliasOfTheLiveVersionMakesNoVersion) {
  ASSERT_EQ(deploy("hello", "one").status, 201);
  const auto again = deploy("hello", "one", "?alias=stable");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(newest().at("aliases"), json::array{"stable"});
}

TEST_F(ReleasesApiTest, AliasesAreSetListedAndRemoved) {
  deploy_three();
  changed_.clear();
  EXPECT_EQ(set_alias(R"({"label":"stable","version":1})").status, 200);
  EXPECT_EQ(changed_, std::vector<std::string>{"hello"});
  const auto listed = json_of(call("GET", kAliases)).at("aliases").as_array();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed.at(1),
            (json::object{{"label", "stable"}, {"version", 1}, {"url", "http://hello--stable.localhost:8080/"}}));
  EXPECT_EQ(call("DELETE", std::string(kAliases) + "?label=stable").status, 200);
  EXPECT_EQ(code(call("DELETE", std::string(kAliases) + "?label=stable")), "alias_not_found");
  EXPECT_EQ(code(call("DELETE", kAliases)), "bad_request");
}

TEST_F(ReleasesApiTest, AnAliasThatCannotBeIsRefused) {
  deploy_three();
  EXPECT_EQ(code(set_alias(R"({"label":"v9","version":1})")), "alias_invalid");
  EXPECT_EQ(code(set_alias(R"({"label":"stable","version":9})")), "version_not_found");
  EXPECT_EQ(code(deploy("hello", "x", "?alias=Beta")), "alias_invalid");
  EXPECT_EQ(code(roll_back(R"({"label":"gone"})")), "alias_not_found");
  for (const char* body : {"", R"({"label":"a"})", R"({"version":1})", R"({"label":1,"version":1})"})
    EXPECT_EQ(code(set_alias(body)), "bad_request") << body;
  EXPECT_EQ(code(set_alias(R"({"name":"a"})")), "unknown_field");
  EXPECT_EQ(code(roll_back(R"({"label":"beta","version":1})")), "bad_request");
}

TEST_F(ReleasesApiTest, ALockKeepsTheLiveVersion) {
  deploy_three();
  EXPECT_EQ(call("POST", kLock, R"({"reason":"the fair is on"})").status, 200);
  EXPECT_EQ(json_of(call("GET", "/v1/functions/hello")).at("lock").as_object().at("reason"), "the fair is on");
  EXPECT_EQ(code(deploy("hello", "four")), "function_locked");
  EXPECT_EQ(code(roll_back("")), "function_locked");
  EXPECT_EQ(code(call("DELETE", "/v1/functions/hello")), "function_locked");
  EXPECT_EQ(deploy("hello", "four", "?activate=false").status, 201);
  EXPECT_EQ(call("DELETE", kLock).status, 200);
  EXPECT_EQ(call("DELETE", kLock).status, 200);
  EXPECT_TRUE(json_of(call("GET", "/v1/functions/hello")).at("lock").is_null());
  EXPECT_EQ(deploy("hello", "five").status, 201);
}

TEST_F(ReleasesApiTest, ALockNeedsAReason) {
  ASSERT_EQ(deploy("hello", "one").status, 201);
  for (const std::string& body : {std::string(), std::string("{}"), std::string(R"({"reason":""})"),
                                  R"({"reason":")" + std::string(501, 'x') + "\"}"})
    EXPECT_EQ(code(call("POST", kLock, body)), "bad_request") << body;
}

TEST_F(ReleasesApiTest, TheDifferenceIsToTheVersionOfARollback) {
  ASSERT_EQ(deploy("hello", "one", "?cpu_ms=7").status, 201);
  ASSERT_EQ(deploy("hello", "two", "?cpu_ms=9").status, 201);
  const auto plan = json_of(call("GET", "/v1/functions/hello/difference"));
  EXPECT_EQ(plan.at("from"), 2);
  EXPECT_EQ(plan.at("to"), 1);
  EXPECT_EQ(plan.at("limits"), (json::array{json::object{{"limit", "cpu_ms"}, {"from", 9}, {"to", 7}}}));
  const auto other = json_of(call("GET", "/v1/functions/hello/difference?from=v1&to=v2"));
  EXPECT_EQ(other.at("to"), 2);
  EXPECT_EQ(code(call("GET", "/v1/functions/hello/difference?from=v7")), "version_not_found");
  EXPECT_EQ(code(call("GET", "/v1/functions/other/difference")), "function_not_found");
}

TEST_F(ReleasesApiTest, AForeignTokenMayNotRelease) {
  ASSERT_EQ(deploy("hello", "one").status, 201);
  const auto other = token_with("deploy:other");
  EXPECT_EQ(call_as(other, "POST", kAliases, R"({"label":"a","version":1})").status, 403);
  EXPECT_EQ(call_as(other, "POST", kLock, R"({"reason":"a"})").status, 403);
  EXPECT_EQ(call_as(other, "GET", "/v1/functions/hello/difference").status, 403);
}

}  // namespace
}  // namespace faasta::api
