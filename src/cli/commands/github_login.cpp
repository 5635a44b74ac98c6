#include "cli/commands/github_login.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/pkce.hpp"
#include "base/printable.hpp"
#include "base/sha256.hpp"
#include "base/url_escape.hpp"
#include "cli/client/loopback_listener.hpp"
#include "cli/process/browser.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kBrowserPatience{600};  // the server waits for the same time
constexpr std::chrono::seconds kSlower{5};             // RFC 8628 section 3.5
constexpr std::size_t kLongestHost = 60;

/// Makes a name for the token that contains the name of this machine.
std::string token_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return "faasta login";
  return "faasta login on " + printable_line(std::string(host.data()).substr(0, kLongestHost));
}

bool is(const Problem& problem, Code code) { return problem.id == info(code).id; }

/// Makes the problem for an error from its name, which the server has returned. Only errors of a sign-in are expected
/// here.
Problem returned_problem(const std::string& name) {
  const auto code = code_from_name(name);
  const bool known = code && (info(*code).id.starts_with("F03") || *code == Code::too_many_requests);
  return Problem(Error{known ? *code : Code::login_code_invalid, {}});
}

void tell_link(Session& session, const std::string& url, int port, OpenBrowser open, bool device_offered) {
  const bool opened = open == OpenBrowser::yes && open_browser(url);
  session.output.instruction((opened ? "your browser was opened at\n  " : "open this link in a browser\n  ") + url);
  if (!over_ssh()) return;
  session.output.instruction(
      fmt::format("the browser has to reach port {0} of 127.0.0.1 here: `ssh -L {0}:127.0.0.1:{0} ...`{1}", port,
                  device_offered ? "; `faasta login --device` needs no browser on this machine" : ""));
}

Outcome<boost::json::object> redeem(const ApiClient& api, const LoopbackListener& listener, const LoginReturn& back,
                                    const std::string& verifier) {
  if (!back.error.empty()) return std::unexpected(returned_problem(back.error));
  return api.post("/v1/login/token", {{"code", back.code},
                                      {"code_verifier", verifier},
                                      {"redirect_uri", listener.redirect_uri()},
                                      {"name", token_name()}});
}

std::chrono::seconds seconds_field(const boost::json::object& object, std::string_view key, int usual, int most) {
  return std::chrono::seconds(std::clamp<std::int64_t>(integer_field(object, key).value_or(usual), 1, most));
}

/// Sleeps until `end` or an interrupt.
void sleep_until(steady_clock::time_point end) {
  while (!interrupted() && steady_clock::now() < end) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now());
    sleep_milliseconds(static_cast<int>(left.count()));
  }
}

}  // namespace

Outcome<boost::json::object> login_with_browser(Session& session, const ApiClient& api, OpenBrowser open,
                                                bool device_offered) {
  auto listener = LoopbackListener::open();
  if (!listener) return std::unexpected(listener.error());
  const std::string verifier = new_code_verifier();
  const std::string state = random_hex(32);
  const std::string url =
      fmt::format("{}/v1/login/start?redirect_uri={}&state={}&code_challenge={}&code_challenge_method=S256",
                  api.server().str(), url_escape(listener->redirect_uri()), state, code_challenge(verifier));
  tell_link(session, url, listener->port(), open, device_offered);
  const auto back = listener->wait(state, kBrowserPatience);
  if (!back) return std::unexpected(back.error());
  auto answer = redeem(api, *listener, *back, verifier);
  listener->tell_browser(answer ? "Signed in" : "Not signed in",
                         answer ? "You can close this window." : "Your terminal says why. You can close this window.");
  return answer;
}

Outcome<boost::json::object> login_with_device(Session& session, const ApiClient& api) {
  const auto offer = api.post("/v1/login/device", {});
  if (!offer) return std::unexpected(offer.error());
  const auto end = steady_clock::now() + seconds_field(*offer, "expires_in", 300, 3600);
  std::chrono::seconds interval = seconds_field(*offer, "interval", 5, 300);
  session.output.instruction("open  " + printable_line(text_field(*offer, "verification_uri")) + "\nenter " +
                             printable_line(text_field(*offer, "user_code")));
  session.output.note("never enter a code that somebody sent you: it would sign them in as you");
  const boost::json::object poll{{"device_code", text_field(*offer, "device_code")}, {"name", token_name()}};
  for (;;) {
    if (steady_clock::now() + interval >= end) break;
    sleep_until(steady_clock::now() + interval);
    if (interrupted()) return fail(Code::interrupted);
    auto answer = api.post("/v1/login/device/token", poll);
    if (answer) return answer;
    const Problem& problem = answer.error();
    if (is(problem, Code::login_slow_down)) interval += kSlower;
    // A short network failure does not end the sign-in (RFC 8628 section 3.5).
    const bool goes_on = is(problem, Code::login_pending) || is(problem, Code::login_slow_down) ||
                         is(problem, Code::github_unreachable) || is(problem, Code::server_unreachable) ||
                         is(problem, Code::too_many_requests);
    if (!goes_on) return answer;
  }
  sleep_until(end);
  if (interrupted()) return fail(Code::interrupted);
  return fail(Code::login_expired, "nobody entered the code");
}

}  // namespace faasta::cli
