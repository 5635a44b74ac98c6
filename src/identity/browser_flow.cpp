#include "identity/browser_flow.hpp"

#include "base/pkce.hpp"

namespace faasta::identity {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLongestRedirect = 200;
constexpr std::size_t kShortestState = 16;
constexpr std::size_t kLongestState = 128;

bool is_port(std::string_view text) {
  constexpr std::size_t kDigits = 5;
  if (text.empty() || text.size() > kDigits || text.front() == '0') return false;
  unsigned port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port <= 65'535;
}

/// Whether all segments of a path have only unreserved characters, so that a browser cannot change the meaning of the
/// path.
bool is_plain_path(std::string_view text) {
  if (!text.starts_with('/')) return false;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view segment = text.substr(0, text.find('/'));
    if (segment == "." || segment == ".." || (!segment.empty() && !is_unreserved(segment))) return false;
    text.remove_prefix(segment.size());
  }
  return true;
}

}  // namespace

bool is_loopback_redirect(std::string_view text) {
  if (text.size() > kLongestRedirect) return false;
  for (const std::string_view origin : {"http://127.0.0.1:", "http://[::1]:"}) {
    if (!text.starts_with(origin)) continue;
    text.remove_prefix(origin.size());
    const std::size_t slash = text.find('/');
    return slash != std::string_view::npos && is_port(text.substr(0, slash)) && is_plain_path(text.substr(slash));
  }
  return false;
}

Result<> check(const LoginRequest& request, std::string_view own_page) {
  const bool own = !own_page.empty() && request.redirect_uri == own_page;
  if (!own && !is_loopback_redirect(request.redirect_uri))
    return fail(Code::login_invalid, "'redirect_uri' is not http://127.0.0.1:PORT/PATH or http://[::1]:PORT/PATH");
  if (request.state.size() < kShortestState || request.state.size() > kLongestState || !is_unreserved(request.state))
    return fail(Code::login_invalid, "'state' is not a text of 16 to 128 unreserved characters");
  if (request.code_challenge_method != "S256") return fail(Code::login_invalid, "'code_challenge_method' is not S256");
  if (!is_code_challenge(request.code_challenge))
    return fail(Code::login_invalid, "'code_challenge' is not an S256 challenge of 43 characters");
  return {};
}

BrowserFlow::BrowserFlow(const Options& options)
    : own_page_(options.own_page),
      at_github_(options.most, options.at_github, options.clock),
      issued_(options.most, options.code, options.clock) {}

Result<Departure> BrowserFlow::depart(LoginRequest request) {
  if (auto good = check(request, own_page_); !good) return std::unexpected(good.error());
  const std::string verifier = new_code_verifier();
  Departure out{random_hex(kSecretBytes), code_challenge(verifier), random_hex(kSecretBytes)};
  const std::lock_guard lock(mutex_);
  at_github_.put(out.state, Waiting{std::move(request), verifier, sha256(out.browser_secret)});
  return out;
}

Result<Arrival> BrowserFlow::arrive(std::string_view state, std::string_view browser_secret) {
  const std::lock_guard lock(mutex_);
  auto waiting = at_github_.take(state);
  if (!waiting) return fail(Code::login_state_invalid);
  if (waiting->browser != sha256(browser_secret)) return fail(Code::login_state_invalid);
  return Arrival{std::move(waiting->request), std::move(waiting->code_verifier)};
}

std::string BrowserFlow::issue(LoginRequest request, GithubUser user) {
  std::string code = random_hex(kSecretBytes);
  const std::lock_guard lock(mutex_);
  issued_.put(code, Issued{std::move(request), std::move(user)});
  return code;
}

Result<GithubUser> BrowserFlow::redeem(std::string_view code, std::string_view code_verifier,
                                       std::string_view redirect_uri) {
  const std::lock_guard lock(mutex_);
  auto issued = issued_.take(code);
  if (!issued) return fail(Code::login_code_invalid);
  const bool same = is_code_verifier(code_verifier) && issued->request.redirect_uri == redirect_uri &&
                    issued->request.code_challenge == code_challenge(code_verifier);
  if (!same) return fail(Code::login_code_invalid);
  return std::move(issued->user);
}

}  // namespace faasta::identity
