// Reads a request to the API, as a signed-in client sends it: the path with its names, the query with its cursors, and
// the body of each endpoint (JSON, a component, or a form with a component). The whole API with a real store answers;
// only the compiler, the probe and DNS are scripted. The first line of the input is "METHOD TARGET CONTENT-TYPE", and
// the rest is the body. The API must answer each request, with a problem document if something is wrong, and never with
// 500.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "fuzz.hpp"
#include "unit/api_fixture.hpp"
#include "unit/scripted_dns.hpp"

namespace {

using namespace faasta;

class Api final : public test::ApiFixture {
 public:
  Api() {
    dns_.addresses["localhost"] = {"192.0.2.1"};
    desk_ = &desk_of_dns_;
    // Nobody listens there, so each sign-in fails.
    real_login_.emplace(
        identity::GithubApp{"http://127.0.0.1:1", "http://127.0.0.1:1", "id", "secret", "http://api/v1/login/callback"},
        identity::Login::Options{}, store_.accounts());
    login_ = &*real_login_;
    options_.logins_per_minute = 1'000'000;
    open();
    FUZZ_CHECK(deploy("hello", "one").status == 201 && deploy("hello", "two").status == 201);
    FUZZ_CHECK(call("POST", "/v1/functions/hello/secrets", R"({"A":"x"})").status == 200);
    FUZZ_CHECK(call("POST", "/v1/functions/hello/domains", R"({"host":"shop.example"})").status == 201);
  }
  test::Answered request(std::string_view method, std::string_view target, std::string_view type,
                         std::string_view body) {
    return call(std::string(method), std::string(target), std::string(body), {{"content-type", std::string(type)}});
  }

 private:
  void TestBody() override {}

  test::ScriptedDns dns_;
  domains::Desk desk_of_dns_{{.store = domains_,
                              .dns = dns_.dns(),
                              .issuer = [] { return domains::Issuer{}; },
                              .order = [](const std::string&) { return Result<>{}; },
                              .has_certificate = [](const std::string&) { return false; },
                              .try_host = [](const std::string&) { return std::expected<void, std::string>(); },
                              .serve = [](auto) {},
                              .keep_certificates = [](const auto&) {}},
                             {.base_domain = "localhost", .addresses = {}, .quota = {}}};
  std::optional<identity::Login> real_login_;
};

/// Takes the text before `end` from the front of `text`.
std::string_view take(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view out = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return out;
}

/// The parser of HTTP lets no other bytes reach the API.
bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

void fuzz(std::string_view input) {
  // The store grows, and what an input does may hide what a later one does.
  constexpr int kInputsOfAStore = 500;
  static std::unique_ptr<Api> api;
  static int count = 0;
  if (count++ % kInputsOfAStore == 0) {
    api.reset();
    api = std::make_unique<Api>();
  }
  std::string_view body = input;
  std::string_view line = take(body, '\n');
  const std::string_view method = take(line, ' ');
  const std::string_view target = take(line, ' ');
  if (method.empty() || !target.starts_with('/') || !is_printable(method) || !is_printable(target) ||
      !is_printable(line))
    return;
  const test::Answered answered = api->request(method, target, line, body);
  if (answered.status == 401) count = 0;  // the input has revoked the token of all inputs
  FUZZ_CHECK(answered.status >= 200 && answered.status < 600 && answered.status != 500);
  if (answered.status < 400 || answered.body.empty() || answered.body.starts_with('<'))
    return;  // '<': the login's page
  const auto problem = parse_object(answered.body);
  FUZZ_CHECK(problem && problem->contains("code") && problem->contains("detail"));
}
