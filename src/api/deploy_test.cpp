#include "api/deploy.hpp"

#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

class DeployApiTest : public test::ApiFixture {
 protected:
  std::unique_ptr<test::ScriptedExchange> upload(const std::string& query = "", std::vector<Field> more = {}) {
    more.push_back({"content-type", "application/wasm"});
    return exchange("POST", "/v1/functions/hello/versions" + query, std::move(more));
  }
  test::Pending<bool> serve(test::ScriptedExchange& exchange) { return loop_.start(served(exchange)); }
  std::size_t uploads() {
    // The temporary files are in a folder of this server.
    const std::filesystem::recursive_directory_iterator all(store_.folder() / "tmp");
    return static_cast<std::size_t>(std::count_if(begin(all), end(all), [](const auto& entry) {
      return entry.is_regular_file() && entry.path().filename() != "lock";
    }));
  }

 private:
  Task<bool> served(test::ScriptedExchange& exchange) {
    co_await api_->serve(exchange);
    co_return true;
  }
};

TEST_F(DeployApiTest, SaysWhatBecameOfIt) {
  const auto answered = deploy("hello", "bytes", "?message=first&outbound=https%3A%2F%2Fexample.com");
  EXPECT_EQ(answered.status, 201);
  const auto made = json_of(answered);
  EXPECT_EQ(made.at("name"), "hello");
  EXPECT_EQ(made.at("version"), 1);
  EXPECT_EQ(made.at("sha256").as_string(), sha256("bytes").hex());
  EXPECT_EQ(made.at("size"), 5);
  EXPECT_EQ(made.at("compiled_size"), 4);
  EXPECT_EQ(made.at("url"), "http://hello.localhost:8080/");
  EXPECT_EQ(made.at("version_url"), "http://hello--v1.localhost:8080/");
  EXPECT_TRUE(made.at("previous").is_null());
  EXPECT_FALSE(made.contains("capabilities")) << "there was nothing before";
  EXPECT_FALSE(made.contains("warnings"));
  EXPECT_LE(made.at("compile_ms").as_double(), made.at("total_ms").as_double());
  EXPECT_EQ(probed_, std::vector<std::string>{"hello.localhost:8080"});

  const auto next = json_of(deploy("hello", "others"));
  EXPECT_EQ(next.at("previous"), 1);
  EXPECT_EQ(next.at("capabilities").as_object().at("removed").as_object().at("outbound"),
            (json::array{"https://example.com"}));
}

TEST_F(DeployApiTest, TheSameAgainIsToldAsSuch) {
  ASSERT_EQ(deploy("hello", "bytes").status, 201);
  const auto again = deploy("hello", "bytes");
  EXPECT_EQ(again.status, 200);
  const auto told = json_of(again);
  EXPECT_EQ(told.at("unchanged"), true);
  EXPECT_EQ(told.at("version"), 1);
  EXPECT_TRUE(told.at("previous").is_null());
}

TEST_F(DeployApiTest, AnOriginThatWillBeRefusedIsAWarning) {
  const auto made = json_of(deploy("hello", "bytes", "?outbound=https%3A%2F%2F10.0.0.1&outbound=https%3A%2F%2Fgood"));
  EXPECT_EQ(made.at("warnings"), (json::array{"https://10.0.0.1 is not reachable"}));
}

TEST_F(DeployApiTest, SettingsComeFromTheQuery) {
  options_.ceilings = {std::chrono::milliseconds(50), std::chrono::milliseconds(1000), 128U << 20U};
  open();
  ASSERT_EQ(deploy("hello", "bytes", "?cpu_ms=7&timeout_ms=900&memory_mb=64").status, 201);
  const auto limits = store_.catalog().function(kSingleOwner, *FunctionName::parse("hello"))->settings.limits;
  EXPECT_EQ(limits.cpu.count(), 7);
  EXPECT_EQ(limits.wall.count(), 900);
  EXPECT_EQ(limits.memory_bytes, 64U << 20U);
}

TEST_F(DeployApiTest, AFormHasSettingsAndComponent) {
  const auto send = [this](const std::string& settings, const std::string& query = "") {
    const std::string head = "--B\r\ncontent-disposition: form-data; name=";
    return call("POST", "/v1/functions/hello/versions" + query,
                head + "settings\r\n\r\n" + settings + "\r\n" + head + "component\r\n\r\nbytes\r\n--B--\r\n",
                {{"content-type", "multipart/form-data; boundary=B"}});
  };
  const auto made = send(R"({"cpu_ms":7,"outbound":["https://a.example"],"env":{"A":"x","B":""}})", "?message=m");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json_of(made).at("sha256").as_string(), sha256("bytes").hex());
  const auto settings = store_.catalog().function(kSingleOwner, *FunctionName::parse("hello"))->settings;
  EXPECT_EQ(settings.limits.cpu.count(), 7);
  EXPECT_EQ(settings.env, (Variables{{"A", "x"}, {"B", ""}}));
  EXPECT_EQ(json_of(call("GET", "/v1/functions/hello")).at("env"), (json::object{{"A", "x"}, {"B", ""}}));
  EXPECT_EQ(code(send("{}", "?cpu_ms=7")), "unknown_field") << "settings stand in one place";
  EXPECT_EQ(code(send(R"({"other":1})")), "unknown_field");
  EXPECT_EQ(code(send(R"({"cpu_ms":"7"})")), "bad_request");
  EXPECT_EQ(code(send(R"({"cpu_ms":99999999})")), "bad_request");
  EXPECT_EQ(code(send(R"({"outbound":"https://a.example"})")), "bad_request");
  EXPECT_EQ(code(send(R"({"env":{"A":1}})")), "bad_request");
  EXPECT_EQ(code(send(R"({"env":{"A-B":"x"}})")), "env_invalid");
  EXPECT_EQ(code(send(R"({"env":{"A":"x"},"required_secrets":["A"]})")), "env_invalid");
  EXPECT_EQ(code(send("no json")), "invalid_json");
  EXPECT_EQ(send("{\"env\":{\"A\":\"" + std::string(600'000, 'x') + "\"}}").status, 413);
}

TEST_F(DeployApiTest, AFormThatIsNoneIsRefused) {
  const auto send = [this](std::string body, std::string type = "multipart/form-data; boundary=B") {
    return code(call("POST", "/v1/functions/hello/versions", std::move(body), {{"content-type", std::move(type)}}));
  };
  const std::string part = "--B\r\ncontent-disposition: form-data; name=";
  const std::string settings = part + "settings\r\n\r\n{}\r\n";
  const std::string component = part + "component\r\n\r\nbytes\r\n";
  EXPECT_EQ(send(component + "--B--"), "bad_request");
  EXPECT_EQ(send(settings + "--B--"), "bad_request");
  EXPECT_EQ(send(settings + settings + component + "--B--"), "bad_request");
  EXPECT_EQ(send(settings + component + component + "--B--"), "bad_request");
  EXPECT_EQ(send(settings + component), "body_incomplete");
  EXPECT_EQ(send("x" + settings + component + "--B--"), "bad_request");
  EXPECT_EQ(send(settings, "multipart/form-data"), "bad_request");
  EXPECT_EQ(send(settings, "text/plain"), "unsupported_media_type");
  EXPECT_EQ(uploads(), 0U) << "an upload is left";
}

TEST_F(DeployApiTest, AnOrderThatIsNoneIsRefusedUnread) {
  std::string origins = "?outbound=https%3A%2F%2Fa";
  for (int i = 0; i < 100; ++i) origins += "&outbound=https%3A%2F%2Fa" + std::to_string(i);
  for (const std::string& query :
       {std::string("?cpu_ms=0"), std::string("?cpu_ms=51"), std::string("?timeout_ms=x"),
        std::string("?memory_mb=9999"), std::string("?verify=yes"), std::string("?allow_new="),
        std::string("?sha256=abc"), std::string("?color=red"), std::string("?outbound=example.com"), origins}) {
    const auto one = upload(query);
    loop_.run(api_->serve(*one));
    EXPECT_EQ(one->answered().status, 400) << query << one->answered().body;
    EXPECT_FALSE(one->accepted_body()) << query;
  }
  const auto bad_name = exchange("POST", "/v1/functions/No--Name/versions", {{"content-type", "application/wasm"}});
  loop_.run(api_->serve(*bad_name));
  EXPECT_EQ(code(bad_name->answered()), "invalid_name");
  EXPECT_EQ(compiler_.compiled(), 0U);
}

TEST_F(DeployApiTest, OnlyComponentsAreTaken) {
  const auto with = [this](std::vector<Field> fields) {
    return code(call("POST", "/v1/functions/hello/versions", "bytes", std::move(fields)));
  };
  EXPECT_EQ(with({}), "unsupported_media_type");
  EXPECT_EQ(with({{"content-type", "application/json"}}), "unsupported_media_type");
  EXPECT_EQ(with({{"content-type", "Application/WASM ; version=1"}}), "201");
}

TEST_F(DeployApiTest, WhatIsAnnouncedAsTooLargeIsNotAskedFor) {
  deployer_options_.component_bytes = 10;
  open();
  const auto large = upload("", {{"content-length", "11"}});
  loop_.run(api_->serve(*large));
  EXPECT_EQ(code(large->answered()), "component_too_large");
  EXPECT_FALSE(large->accepted_body());
  EXPECT_EQ(code(deploy("hello", "0123456789a")), "component_too_large") << "not announced";
  EXPECT_EQ(deploy("hello", "0123456789").status, 201);
  EXPECT_EQ(store_.files(), 2U);
}

TEST_F(DeployApiTest, AClientThatBreaksOffLeavesNothing) {
  const auto one = upload();
  const auto done = serve(*one);
  one->send("byt");
  loop_.run_until([&] { return uploads() == 1 && one->waits() > 0; });
  one->leave();
  EXPECT_TRUE(loop_.finish(done));
  EXPECT_EQ(code(one->answered()), "body_incomplete");
  EXPECT_NE(problem(one->answered()).find("after 3 bytes"), std::string::npos);
  EXPECT_EQ(store_.files(), 0U);
  EXPECT_EQ(compiler_.compiled(), 0U);
}

TEST_F(DeployApiTest, AClientThatStopsIsNotWaitedFor) {
  const auto one = upload();
  const auto done = serve(*one);
  one->send("byt");
  loop_.run_until([&] { return uploads() == 1 && one->waits() > 0; });
  EXPECT_LE(one->deadline(), std::chrono::steady_clock::now() + std::chrono::seconds(30));
  one->pass_deadline();
  EXPECT_TRUE(loop_.finish(done));
  EXPECT_EQ(one->answered().status, info(Code::http_timeout).status);
  EXPECT_EQ(store_.files(), 0U);
}

TEST_F(DeployApiTest, AVersionThatDoesNotAnswerIsRefused) {
  probe_answer_ = fail(Code::cpu_limit);
  EXPECT_EQ(code(deploy("hello", "bytes")), "deploy_not_answering");
  EXPECT_EQ(store_.files(), 0U);
  EXPECT_EQ(deploy("hello", "bytes", "?verify=false").status, 201);
}

TEST_F(DeployApiTest, NewCapabilitiesHaveToBeMeant) {
  ASSERT_EQ(deploy("hello", "bytes").status, 201);
  const std::string wanted = "?outbound=https%3A%2F%2Fexample.com";
  EXPECT_EQ(code(deploy("hello", "others", wanted)), "new_capabilities");
  EXPECT_EQ(deploy("hello", "others", wanted + "&allow_new=true").status, 201);
}

TEST_F(DeployApiTest, TheDeclaredDigestIsCompared) {
  EXPECT_EQ(code(deploy("hello", "bytes", "?sha256=" + sha256("others").hex())), "digest_mismatch");
  EXPECT_EQ(deploy("hello", "bytes", "?sha256=" + sha256("bytes").hex()).status, 201);
}

}  // namespace
}  // namespace faasta::api
