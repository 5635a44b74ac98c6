#include "api/functions.hpp"

#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

class FunctionsApiTest : public test::ApiFixture {
 protected:
  std::vector<std::string> names(const json::object& list) {
    std::vector<std::string> out;
    for (const auto& one : list.at("functions").as_array()) out.emplace_back(one.as_object().at("name").as_string());
    return out;
  }
  using Names = std::vector<std::string>;
};

TEST_F(FunctionsApiTest, AListComesInPages) {
  for (const char* name : {"one", "three", "two"}) ASSERT_EQ(deploy(name, name).status, 201);
  const auto first = json_of(call("GET", "/v1/functions?limit=2"));
  EXPECT_EQ(names(first), (Names{"one", "three"}));
  EXPECT_EQ(first.at("next"), "three");
  const auto second = json_of(call("GET", "/v1/functions?limit=2&after=three"));
  EXPECT_EQ(names(second), Names{"two"});
  EXPECT_FALSE(second.contains("next"));
  EXPECT_EQ(names(json_of(call_as(token_with("deploy:two"), "GET", "/v1/functions"))), Names{"two"});
  EXPECT_EQ(call("GET", "/v1/functions?limit=0").status, 400);
  EXPECT_EQ(call("GET", "/v1/functions?page=1").status, 400);
}

TEST_F(FunctionsApiTest, OneIsShownWithItsVersions) {
  ASSERT_EQ(deploy("hello", "one", "?cpu_ms=7&outbound=https%3A%2F%2Fexample.com").status, 201);
  ASSERT_EQ(deploy("hello", "two", "?message=better").status, 201);
  const auto status = json_of(call("GET", "/v1/functions/hello"));
  EXPECT_EQ(status.at("version"), 2);
  EXPECT_EQ(status.at("versions"), 2);
  EXPECT_EQ(status.at("url"), "http://hello.localhost:8080/");
  EXPECT_EQ(status.at("imports"), (json::array{"wasi:http/types@0.2.0"}));
  EXPECT_EQ(status.at("sha256").as_string(), sha256("two").hex());
  const auto versions = json_of(call("GET", "/v1/functions/hello/versions"));
  EXPECT_EQ(versions.at("active"), 2);
  const auto& newest = versions.at("versions").as_array().at(0).as_object();
  EXPECT_EQ(newest.at("message"), "better");
  EXPECT_EQ(newest.at("url"), "http://hello--v2.localhost:8080/");
}

TEST_F(FunctionsApiTest, WhatIsNotThereIsNotFound) {
  for (const char* path : {"/v1/functions/hello", "/v1/functions/hello/versions", "/v1/functions/No--Name",
                           "/v1/functions/No--Name/versions"})
    EXPECT_EQ(code(call("GET", path)), "function_not_found") << path;
  for (const char* path : {"/v1/functions/hello", "/v1/functions/No--Name"})
    EXPECT_EQ(code(call("DELETE", path)), "function_not_found") << path;
}

TEST_F(FunctionsApiTest, WhatIsDeletedLeavesNothing) {
  ASSERT_EQ(deploy("hello", "one").status, 201);
  const FunctionId id = store_.catalog().function(kSingleOwner, *FunctionName::parse("hello"))->id;
  ASSERT_TRUE(logs_->append({{id, "{\"time\":\"2026-01-01T00:00:00Z\"}\n"}}));
  changed_.clear();
  EXPECT_EQ(json_of(call("DELETE", "/v1/functions/hello")), (json::object{{"name", "hello"}, {"deleted", true}}));
  EXPECT_EQ(changed_, Names{"hello"});
  EXPECT_EQ(store_.files(), 0U);
  EXPECT_TRUE(logs_->read(id, 0, 1000)->lines.empty());
}

}  // namespace
}  // namespace faasta::api
