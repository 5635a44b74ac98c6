#include "identity/github.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/json.hpp"
#include "base/url_escape.hpp"
#include "identity/http_call.hpp"

namespace faasta::identity {
namespace {

constexpr std::chrono::seconds kPatience{5};  // the limit for all calls of one step, because a person waits

using Form = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string form_text(const Form& form) {
  std::string out;
  for (const auto& [name, value] : form) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(url_escape(value));
  }
  return out;
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::chrono::seconds seconds_of(const json::object& object, std::string_view key, int usual, int most) {
  const json::value* value = object.if_contains(key);
  const std::int64_t given = value != nullptr && value->is_int64() ? value->get_int64() : usual;
  return std::chrono::seconds(std::clamp<std::int64_t>(given, 1, most));
}

/// Makes the error for an error code from GitHub. The code is shown only if it has the usual form: lower-case letters
/// and underscores.
std::unexpected<Error> refused(std::string_view error) {
  const bool plain =
      error.size() <= 60 && std::ranges::all_of(error, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return fail(Code::github_refused, "GitHub said " + (plain ? "'" + std::string(error) + "'" : "an unknown error"));
}

std::unexpected<Error> failed_status(int status) {
  if (status == 401 || status == 403 || status == 404 || status == 422)
    return fail(Code::github_refused, fmt::format("GitHub answered {}", status));
  return fail(Code::github_unreachable, fmt::format("GitHub answered {}", status));
}

/// Returns the JSON object of a successful answer. GitHub reports OAuth errors with status 200; Enterprise servers also
/// use 400.
Result<json::object> read(const Result<HttpAnswer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  auto object = parse_object(answer->body);
  const bool tells_error = object && object->contains("error") && answer->status < 500;
  if (answer->status != 200 && !tells_error) return failed_status(answer->status);
  if (!object) return fail(Code::github_unreachable, "GitHub answered something other than a JSON object");
  return object;
}

Result<json::object> post(const std::string& url, const Form& form, SteadyTime deadline) {
  HttpCall call{url, {"Accept: application/json"}, form_text(form), true, deadline};
  return read(perform(call));
}

bool is_login(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

/// Whether `text` can be a bearer token in a field value. GitHub's tokens have letters, digits and `_`.
bool is_github_token(std::string_view text) {
  return !text.empty() && text.size() <= 1024 &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_device_grant(const DeviceGrant& grant) {
  const auto plain = [](std::string_view text, std::size_t most) {
    return !text.empty() && text.size() <= most &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  };
  const bool a_link = grant.verification_uri.starts_with("https://") || grant.verification_uri.starts_with("http://");
  return plain(grant.device_code, 256) && plain(grant.user_code, 64) && plain(grant.verification_uri, 512) && a_link;
}

}  // namespace

std::string Github::authorize_url(std::string_view state, std::string_view code_challenge) const {
  // select_account: GitHub asks the person for the account to use. So one click on a link never signs a person in.
  return app_.url + "/login/oauth/authorize?" +
         form_text({{"client_id", app_.client_id},
                    {"redirect_uri", app_.callback_url},
                    {"state", state},
                    {"code_challenge", code_challenge},
                    {"code_challenge_method", "S256"},
                    {"prompt", "select_account"}});
}

Result<GithubUser> Github::redeem(std::string_view code, std::string_view code_verifier) const {
  const SteadyTime deadline = std::chrono::steady_clock::now() + kPatience;
  const auto answer = post(app_.url + "/login/oauth/access_token",
                           {{"client_id", app_.client_id},
                            {"client_secret", app_.client_secret},
                            {"code", code},
                            {"redirect_uri", app_.callback_url},
                            {"code_verifier", code_verifier}},
                           deadline);
  if (!answer) return std::unexpected(answer.error());
  const std::string error = text_of(*answer, "error");
  if (error == "bad_verification_code")
    return fail(Code::login_code_invalid, "GitHub does not know the code (any more)");
  if (!error.empty()) return refused(error);
  return user(text_of(*answer, "access_token"), deadline);
}

Result<GithubUser> Github::user(std::string_view token, SteadyTime deadline) const {
  if (!is_github_token(token)) return fail(Code::github_unreachable, "GitHub's answer has no token");
  HttpCall call{app_.api_url + "/user",
                {"Accept: application/vnd.github+json", "Authorization: Bearer " + std::string(token)},
                {},
                false,
                deadline};
  const auto answer = read(perform(call));
  if (!answer) return std::unexpected(answer.error());
  const json::value* id = answer->if_contains("id");
  GithubUser out{id != nullptr && id->is_int64() ? id->get_int64() : 0, text_of(*answer, "login")};
  if (out.id <= 0 || !is_login(out.login)) return fail(Code::github_unreachable, "GitHub's answer names no user");
  return out;
}

Result<DeviceGrant> Github::start_device() const {
  const SteadyTime deadline = std::chrono::steady_clock::now() + kPatience;
  const auto answer = post(app_.url + "/login/device/code", {{"client_id", app_.client_id}}, deadline);
  if (!answer) return std::unexpected(answer.error());
  const std::string error = text_of(*answer, "error");
  if (error == "device_flow_disabled") return fail(Code::login_device_off, "the app at GitHub does not allow it");
  if (!error.empty()) return refused(error);
  DeviceGrant out;
  out.device_code = text_of(*answer, "device_code");
  out.user_code = text_of(*answer, "user_code");
  out.verification_uri = text_of(*answer, "verification_uri");
  out.interval = seconds_of(*answer, "interval", 5, 60);
  out.expires_in = seconds_of(*answer, "expires_in", 900, 3600);
  if (!is_device_grant(out)) return fail(Code::github_unreachable, "GitHub's answer has no device code");
  return out;
}

Result<DeviceState> Github::poll_device(std::string_view device_code) const {
  const SteadyTime deadline = std::chrono::steady_clock::now() + kPatience;
  const auto answer = post(app_.url + "/login/oauth/access_token",
                           {{"client_id", app_.client_id},
                            {"device_code", device_code},
                            {"grant_type", "urn:ietf:params:oauth:grant-type:device_code"}},
                           deadline);
  if (!answer) return std::unexpected(answer.error());
  const std::string error = text_of(*answer, "error");
  if (error == "authorization_pending") return DeviceState(DeviceWait::pending);
  if (error == "slow_down") return DeviceState(DeviceWait::slow_down);
  if (error == "access_denied") return fail(Code::login_denied);
  if (error == "expired_token" || error == "incorrect_device_code") return fail(Code::login_expired);
  if (error == "device_flow_disabled") return fail(Code::login_device_off, "the app at GitHub does not allow it");
  if (!error.empty()) return refused(error);
  const auto found = user(text_of(*answer, "access_token"), deadline);
  if (!found) return std::unexpected(found.error());
  return DeviceState(*found);
}

}  // namespace faasta::identity
