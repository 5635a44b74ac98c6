#include "api/about.hpp"

#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

class AboutApiTest : public test::ApiFixture {};

TEST_F(AboutApiTest, ItIsAliveAndReady) {
  test::ScriptedExchange health(loop_, "GET", "/healthz");
  loop_.run(api_->serve(health));
  EXPECT_EQ(json_of(health.answered()).at("status"), "ok");
  EXPECT_EQ(json_of(call("GET", "/readyz")), (json::object{{"status", "ready"}, {"version", FAASTA_VERSION}}));
  EXPECT_EQ(call("GET", "/healthz?x=1").status, 400);
}

/// Nothing can be opened below a file, so the store is closed at first.
TEST_F(AboutApiTest, ItIsReadyWithoutLogsToo) {
  logs_ = store::LogStore::open_or_begin_anew(store_.folder() / "faasta.db" / "logs.db");
  open();
  EXPECT_EQ(json_of(call("GET", "/readyz")).at("function_logs"), "off");
}

TEST_F(AboutApiTest, TheDescriptionHasThisServersAddress) {
  const auto document = json_of(call("GET", "/v1/openapi.json"));
  EXPECT_EQ(document.at("servers").as_array().at(0).as_object().at("url"), "http://api.localhost:8080");
  public_url_ = "https://localhost";
  open();
  const auto told = json_of(call("GET", "/v1/openapi.json"));
  EXPECT_EQ(told.at("servers").as_array().at(0).as_object().at("url"), "https://api.localhost");
}

TEST_F(AboutApiTest, ThePolicyIsToldToWhoIsSignedIn) {
  options_.policy.denied_imports = {"wasi:cli/exit"};
  open();
  EXPECT_EQ(json_of(call("GET", "/v1/policy")), policy::to_json(options_.policy));
  EXPECT_EQ(call("GET", "/v1/policy", "", {{"authorization", "Bearer x"}}).status, 401);
}

}  // namespace
}  // namespace faasta::api
