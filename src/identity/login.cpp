#include "identity/login.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/scopes.hpp"
#include "identity/token.hpp"

namespace faasta::identity {
namespace {

bool same_login(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// Logs a failure of a request to GitHub, for the operator. The detail contains no secret.
void log_failure(const Error& error) {
  if (error.code == Code::github_unreachable || error.code == Code::github_refused)
    log::warn("github_failed", {{"code", info(error.code).name}, {"cause", error.detail}});
}

}  // namespace

Login::Login(GithubApp app, Options options, store::Accounts& accounts)
    : github_(std::move(app)),
      options_(std::move(options)),
      accounts_(accounts),
      browser_({.own_page = options_.own_page}) {}

Result<Login::Start> Login::start(LoginRequest request) {
  auto departure = browser_.depart(std::move(request));
  if (!departure) return std::unexpected(departure.error());
  return Start{github_.authorize_url(departure->state, departure->code_challenge), std::move(departure->state),
               std::move(departure->browser_secret)};
}

Result<Arrival> Login::arrive(std::string_view state, std::string_view browser_secret) {
  return browser_.arrive(state, browser_secret);
}

std::string Login::finish(Arrival arrival, std::string_view github_code) {
  auto user = github_.redeem(github_code, arrival.code_verifier);
  if (!user) {
    log_failure(user.error());
    return finish(arrival, user.error().code);
  }
  if (!may_sign_in(*user)) return finish(arrival, Code::login_not_allowed);
  // All parts of the URL were checked before or are hexadecimal, so nothing must be escaped.
  std::string out = arrival.request.redirect_uri + "?state=" + arrival.request.state;
  return out + "&code=" + browser_.issue(std::move(arrival.request), std::move(*user));
}

std::string Login::finish(const Arrival& arrival, Code error) {
  return arrival.request.redirect_uri + "?state=" + arrival.request.state + "&error=" + std::string(info(error).name);
}

Result<SignedIn> Login::redeem(std::string_view code, std::string_view code_verifier, std::string_view redirect_uri,
                               std::string_view token_name) {
  const auto user = browser_.redeem(code, code_verifier, redirect_uri);
  if (!user) return std::unexpected(user.error());
  return sign_in(*user, token_name, "browser");
}

Result<DeviceOffer> Login::start_device() {
  if (!options_.device) return fail(Code::login_device_off, "the operator of the server has switched it off");
  auto grant = github_.start_device();
  if (!grant) {
    log_failure(grant.error());
    return std::unexpected(grant.error());
  }
  std::string code = devices_.add(*grant);
  return DeviceOffer{std::move(code), std::move(grant->user_code), std::move(grant->verification_uri), grant->interval,
                     devices_.life_of(*grant)};
}

Result<SignedIn> Login::poll_device(std::string_view device_code, std::string_view token_name) {
  const auto github_code = devices_.begin_poll(device_code);
  if (!github_code) return std::unexpected(github_code.error());
  const auto state = github_.poll_device(*github_code);
  devices_.end_poll(device_code, state);
  if (!state) {
    log_failure(state.error());
    return std::unexpected(state.error());
  }
  if (const auto* wait = std::get_if<DeviceWait>(&*state))
    return fail(*wait == DeviceWait::slow_down ? Code::login_slow_down : Code::login_pending);
  const auto& user = std::get<GithubUser>(*state);
  if (!may_sign_in(user)) return fail(Code::login_not_allowed);
  return sign_in(user, token_name, "device");
}

bool Login::may_sign_in(const GithubUser& user) const {
  if (options_.allowed_logins.empty() && options_.allowed_ids.empty()) return true;
  return std::ranges::find(options_.allowed_ids, user.id) != options_.allowed_ids.end() ||
         std::ranges::any_of(options_.allowed_logins, [&](const auto& one) { return same_login(one, user.login); });
}

Result<SignedIn> Login::sign_in(const GithubUser& user, std::string_view token_name, std::string_view how) {
  std::string token = new_token();
  const store::NewToken record{sha256(token), std::string(token_name), Scopes::admin_scope().text(),
                               system_now() + options_.token_life};
  auto bearer = accounts_.sign_in(user.id, user.login, record, how);
  if (!bearer) return std::unexpected(bearer.error());
  return SignedIn{std::move(token), std::move(*bearer)};
}

}  // namespace faasta::identity
