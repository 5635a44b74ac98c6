#include "api/login.hpp"

#include "base/pkce.hpp"
#include "http/listener.hpp"
#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

/// GitHub's answers, by path. This is a real server, because Login connects to it by libcurl.
class Github {
 public:
  Github() {
    auto opened = http::Listener::open({}, [this](http::Exchange& exchange) { return answer(exchange); });
    listener_ = test::value_of(std::move(opened));
    listener_->start();
  }
  ~Github() { listener_->stop(std::chrono::milliseconds(0)); }
  Github(const Github&) = delete;
  Github& operator=(const Github&) = delete;

  [[nodiscard]] std::string url() const { return "http://" + listener_->address(); }
  void say(const std::string& path, std::string body) {
    const std::scoped_lock lock(mutex_);
    answers_[path] = std::move(body);
  }

 private:
  Task<> answer(http::Exchange& exchange) {
    std::string body;
    {
      const std::scoped_lock lock(mutex_);
      body = answers_[std::string(exchange.request().target)];
    }
    const std::string length = std::to_string(body.size());
    const FieldView fields[] = {{"content-type", "application/json"}, {"content-length", length}};
    exchange.head(body.empty() ? 404 : 200, fields);
    exchange.data(body);
    exchange.finish({});
    co_return;
  }

  std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  std::unique_ptr<http::Listener> listener_;
};

class LoginApiTest : public test::ApiFixture {
 protected:
  LoginApiTest() {
    github_.say("/login/oauth/access_token", R"({"access_token":"gho_x"})");
    github_.say("/user", R"({"id":7,"login":"ada"})");
    github_.say("/login/device/code",
                R"({"device_code":"d","user_code":"ABCD-1234","verification_uri":"https://github.com/login/device",)"
                R"("interval":1,"expires_in":900})");
    real_login_.emplace(
        identity::GithubApp{github_.url(), github_.url(), "id", "secret", "http://api/v1/login/callback"},
        identity::Login::Options{}, store_.accounts());
    options_.single_owner = false;
    options_.logins_per_minute = 100'000;
    login_ = &*real_login_;
    open();
  }

  std::string start_query() const {
    return "?redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback&state=of-the-client-16&code_challenge=" +
           code_challenge(verifier_) + "&code_challenge_method=S256";
  }
  /// Begins a sign-in in a browser. Stores the values that the browser then has: the next URL and its cookie.
  void start() {
    const auto started = call("GET", "/v1/login/start" + start_query());
    ASSERT_EQ(started.status, 303) << started.body;
    const std::string location = started.field("location").value_or("");
    const std::size_t at = location.find("state=") + 6;
    state_ = location.substr(at, location.find('&', at) - at);
    cookie_ = started.field("set-cookie").value_or("");
    cookie_ = cookie_.substr(0, cookie_.find(';'));
  }
  test::Answered call_back(const std::string& more) {
    return call("GET", "/v1/login/callback?state=" + state_ + more, "", {{"cookie", cookie_}});
  }
  static std::string after(const std::string& text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    return at == std::string::npos ? "" : text.substr(at + mark.size());
  }
  test::Answered token(const std::string& code, const std::string& name = "laptop") {
    return call("POST", "/v1/login/token",
                R"({"code":")" + code + R"(","code_verifier":")" + verifier_ +
                    R"(","redirect_uri":"http://127.0.0.1:9/back","name":")" + name + "\"}");
  }

  Github github_;
  std::optional<identity::Login> real_login_;
  const std::string verifier_ = random_hex(32);
  std::string state_;
  std::string cookie_;
};

TEST_F(LoginApiTest, ABrowserSignsIn) {
  start();
  const auto back = call_back("&code=github");
  EXPECT_EQ(back.status, 303);
  const std::string location = back.field("location").value_or("");
  EXPECT_TRUE(location.starts_with("http://127.0.0.1:9/back?state=of-the-client-16&code=")) << location;
  const auto answered = token(after(location, "&code="));
  ASSERT_EQ(answered.status, 200) << answered.body;
  const auto signed_in = json_of(answered);
  EXPECT_EQ(signed_in.at("login"), "ada");
  EXPECT_EQ(signed_in.at("scopes"), (json::array{"admin"}));
  EXPECT_TRUE(signed_in.at("expires_at").is_string());
  const auto me = json_of(call_as(std::string(signed_in.at("token").as_string()), "GET", "/v1/me"));
  EXPECT_EQ(me.at("mode"), "github");
  EXPECT_EQ(me.at("owner").as_object().at("github_id"), 7);
  EXPECT_EQ(me.at("token").as_object().at("name"), "laptop");
  EXPECT_EQ(code(token(after(location, "&code="))), "login_code_invalid") << "it is good once";
}

TEST_F(LoginApiTest, OnlyTheBrowserThatBeganComesBack) {
  start();
  cookie_ = "other=1";
  const auto page = call_back("&code=github");
  EXPECT_EQ(page.status, info(Code::login_state_invalid).status);
  EXPECT_NE(page.body.find("<!doctype html>"), std::string::npos);
  state_ = "unknown";
  EXPECT_EQ(call_back("&code=github").status, info(Code::login_state_invalid).status);
}

TEST_F(LoginApiTest, WhatGithubSaysGoesToTheClient) {
  const auto error_of = [this](const std::string& more) {
    start();
    return after(call_back(more).field("location").value_or(""), "&error=");
  };
  EXPECT_EQ(error_of("&error=access_denied"), "login_denied");
  EXPECT_EQ(error_of("&error=other"), "github_refused");
  EXPECT_EQ(error_of(""), "github_refused");
  EXPECT_EQ(error_of("&code=a&code=b"), "github_refused") << "not given once";
  EXPECT_EQ(error_of("&code=%zz"), "github_refused");
  github_.say("/login/oauth/access_token", R"({"error":"bad_verification_code"})");
  EXPECT_EQ(error_of("&code=github"), "login_code_invalid");
  github_.say("/login/oauth/access_token", "");
  EXPECT_EQ(error_of("&code=github"), "github_refused");
}

TEST_F(LoginApiTest, AStartThatIsNoneIsAPage) {
  for (const std::string query : {"", "?redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback", "?color=red"}) {
    const auto page = call("GET", "/v1/login/start" + query);
    EXPECT_EQ(page.status, 400) << query;
    EXPECT_NE(page.body.find("<!doctype html>"), std::string::npos) << query;
  }
}

TEST_F(LoginApiTest, ADeviceSignsIn) {
  const auto offer = json_of(call("POST", "/v1/login/device"));
  EXPECT_EQ(offer.at("user_code"), "ABCD-1234");
  EXPECT_EQ(offer.at("interval"), 1);
  const std::string poll = R"({"device_code":")" + std::string(offer.at("device_code").as_string()) + "\"}";
  EXPECT_EQ(code(call("POST", "/v1/login/device/token", poll)), "login_slow_down") << "an interval has not passed";
  // The flow may ask GitHub once a second.
  test::Answered answered;
  const auto end = std::chrono::steady_clock::now() + test::ScriptedLoop::kPatience;
  do {
    answered = call("POST", "/v1/login/device/token", poll);
  } while (code(answered) == "login_slow_down" && std::chrono::steady_clock::now() < end);
  EXPECT_EQ(answered.status, 200) << answered.body;
  EXPECT_EQ(json_of(answered).at("login"), "ada");
  const auto me = call_as(std::string(json_of(answered).at("token").as_string()), "GET", "/v1/me");
  EXPECT_EQ(json_of(me).at("token").as_object().at("name"), "faasta login") << "without a name";
  EXPECT_EQ(code(call("POST", "/v1/login/device/token", R"({"device_code":"unknown"})")), "login_expired");
}

TEST_F(LoginApiTest, ADeviceIsToldWhyItCannot) {
  github_.say("/login/device/code", R"({"error":"device_flow_disabled"})");
  EXPECT_EQ(code(call("POST", "/v1/login/device")), "login_device_off");
  github_.say("/login/device/code", "no JSON");
  const auto failed = call("POST", "/v1/login/device");
  EXPECT_EQ(code(failed), "github_unreachable");
  EXPECT_EQ(json_of(failed).at("detail"), "") << "the log has the cause";
}

TEST_F(LoginApiTest, BodiesAreChecked) {
  for (const char* path : {"/v1/login/token", "/v1/login/device/token"}) {
    EXPECT_EQ(code(call("POST", path, "{}")), "bad_request") << path;
    EXPECT_EQ(code(call("POST", path, R"({"other":"x"})")), "unknown_field") << path;
    EXPECT_EQ(code(call("POST", path, R"({"name":7})")), "bad_request") << path;
    EXPECT_EQ(code(call("POST", path, "[")), "invalid_json") << path;
    EXPECT_EQ(code(call("POST", std::string(path) + "?x=1", "{}")), "unknown_field") << path;
  }
  EXPECT_EQ(code(token("x", "a\\u0001")), "bad_request");
  EXPECT_EQ(code(token("x", std::string(101, 'a'))), "bad_request");
}

TEST_F(LoginApiTest, WhatIsOfferedIsTold) {
  EXPECT_EQ(json_of(call("GET", "/v1/login")),
            (json::object{{"mode", "github"}, {"browser", true}, {"device", true}, {"github", github_.url()}}));
  login_ = nullptr;
  options_.owner_token_file = "/data/owner.token";
  open();
  EXPECT_EQ(json_of(call("GET", "/v1/login")),
            (json::object{
                {"mode", "single-owner"}, {"browser", false}, {"device", false}, {"token_file", "/data/owner.token"}}));
  EXPECT_EQ(code(call("POST", "/v1/login/device")), "login_unavailable");
  EXPECT_EQ(call("GET", "/v1/login/start" + start_query()).status, info(Code::login_unavailable).status);
}

TEST_F(LoginApiTest, OneAddressMaySignInSoOften) {
  options_.logins_per_minute = 1;
  open();
  EXPECT_EQ(call("GET", "/v1/login/start" + start_query()).status, 303);
  EXPECT_EQ(call("GET", "/v1/login/start" + start_query()).status, 429);
  for (int i = 0; i < 12; ++i) EXPECT_EQ(call("GET", "/v1/login").status, 200) << i;
  EXPECT_EQ(call("GET", "/v1/login").status, 429);
  const auto other = exchange("GET", "/v1/login");
  other->set_client(http::client_at(asio::ip::make_address("198.51.100.1")));
  loop_.run(api_->serve(*other));
  EXPECT_EQ(other->answered().status, 200);
}

TEST_F(LoginApiTest, HeadBeginsNothing) {
  EXPECT_EQ(call("HEAD", "/v1/login/start" + start_query()).status, 405);
  EXPECT_EQ(call("HEAD", "/v1/login/callback").status, 405);
}

}  // namespace
}  // namespace faasta::api
