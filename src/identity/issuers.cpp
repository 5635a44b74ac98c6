#include "identity/issuers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/log.hpp"
#include "base/loopback.hpp"
#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "identity/http_call.hpp"

namespace faasta::identity {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::hours kKept{1};
/// A token may name a key that the issuer has made a moment ago. Anybody can send such a token, so the keys are fetched
/// at most once in this time.
constexpr std::chrono::seconds kBetweenFetches{30};
constexpr std::chrono::seconds kClocksDiffer{60};
constexpr std::chrono::hours kLongestLife{24};

std::unexpected<Error> denied(std::string detail) { return fail(Code::trust_denied, std::move(detail)); }

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 200;
  return "'" + printable_line(std::string(text.substr(0, kShown))) + "'";
}

Result<json::object> get(const std::string& url, SteadyTime deadline) {
  ASSIGN_OR_RETURN(const auto answer, perform({url, {"Accept: application/json"}, {}, false, deadline}));
  if (answer.status != 200) return fail(Code::issuer_unreachable, fmt::format("status {}", answer.status));
  return parse_object(answer.body);
}

/// Whether keys may be fetched from the URL: https, or this machine.
bool is_safe(const std::string& url) {
  const auto parsed = parse_base_url(url);
  return parsed && (parsed->scheme == "https" || is_loopback_host(parsed->host));
}

std::optional<SystemTime> time_of(const json::object& claims, std::string_view name) {
  const json::value* const value = claims.if_contains(name);
  constexpr std::int64_t kLatest = 1'000'000'000'000;  // so that the milliseconds fit
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0 || value->get_int64() > kLatest)
    return std::nullopt;
  return SystemTime(std::chrono::seconds(value->get_int64()));
}

Result<> check_audience(const json::object& claims, std::string_view audience) {
  const json::value* const value = claims.if_contains("aud");
  std::vector<std::string_view> all;
  if (value != nullptr && value->is_string()) all.emplace_back(value->get_string());
  if (value != nullptr && value->is_array())
    for (const json::value& item : value->get_array())
      if (item.is_string()) all.emplace_back(item.get_string());
  if (std::ranges::find(all, audience) != all.end()) return {};
  return denied(fmt::format("aud: the token is for {}, and this server is {}",
                            all.empty() ? std::string("nobody") : shown(all.front()), shown(audience)));
}

Result<> check_times(const json::object& claims, SystemTime now) {
  const auto expires = time_of(claims, "exp");
  if (!expires) return denied("exp: the token has no end");
  if (*expires <= now) return denied("exp: the token has expired");
  if (*expires > now + kLongestLife) return denied("exp: the token is valid for more than a day");
  for (const char* const name : {"nbf", "iat"}) {
    if (!claims.contains(name)) continue;
    const auto begins = time_of(claims, name);
    if (!begins || *begins > now + kClocksDiffer) return denied(std::string(name) + ": the token is not valid yet");
  }
  return {};
}

}  // namespace

std::string claim_text(const json::object& claims, std::string_view name) {
  constexpr std::size_t kLongest = 1024;
  const json::value* const value = claims.if_contains(name);
  if (value == nullptr) return {};
  if (value->is_int64()) return std::to_string(value->get_int64());
  if (!value->is_string() || value->get_string().size() > kLongest) return {};
  return std::string(value->get_string());
}

Result<json::object> Issuers::check(std::string_view text, std::string_view audience, SystemTime now) {
  ASSIGN_OR_RETURN(auto token, parse_web_token(text));
  const std::string issuer = claim_text(token.claims, "iss");
  // The issuer is compared before anything is fetched: a token must not choose where this server sends a request.
  if (std::ranges::find(names_, issuer) == names_.end())
    return denied(fmt::format("iss: {} is not an issuer that the operator has named", shown(issuer)));
  ASSIGN_OR_RETURN(const WebKey key, key_of(issuer, token.key));
  if (!key.verifies(token)) return denied("the signature is not by the key that the token names");
  RETURN_IF_ERROR(check_audience(token.claims, audience));
  RETURN_IF_ERROR(check_times(token.claims, now));
  if (claim_text(token.claims, "jti").empty()) return denied("jti: the token has no id");
  return std::move(token.claims);
}

std::optional<WebKey> Issuers::find_key(Keys& known, const std::string& id, SteadyTime now) {
  const std::scoped_lock lock(known.mutex);
  if (!known.fetched || now - *known.fetched >= kKept) return std::nullopt;
  const auto found = std::ranges::find(known.keys, id, &WebKey::id);
  return found == known.keys.end() ? std::nullopt : std::optional(*found);
}

Result<WebKey> Issuers::key_of(const std::string& issuer, const std::string& id) {
  Keys& known = known_.at(issuer);
  if (auto key = find_key(known, id, std::chrono::steady_clock::now())) return *std::move(key);
  const std::scoped_lock fetching(known.fetching);
  const SteadyTime now = std::chrono::steady_clock::now();
  if (auto key = find_key(known, id, now)) return *std::move(key);  // another thread has fetched it meanwhile
  if (known.tried && now - *known.tried < kBetweenFetches) {
    const std::scoped_lock lock(known.mutex);
    if (known.fetched && now - *known.fetched < kKept && *known.fetched >= *known.tried)
      return denied("kid: the issuer has no key " + shown(id));
    return fail_for_now(Code::issuer_unreachable, issuer,
                        std::chrono::ceil<std::chrono::seconds>(kBetweenFetches - (now - *known.tried)));
  }
  auto keys = fetch(issuer);
  // A fetch that failed counts too: otherwise each token would make the server wait for an issuer that is down.
  const std::scoped_lock lock(known.mutex);
  known.tried = std::chrono::steady_clock::now();
  if (!keys) {
    log::warn("issuer_unreachable", {{"issuer", issuer}, {"cause", keys.error().detail}});
    return fail_for_now(Code::issuer_unreachable, issuer, kBetweenFetches);
  }
  known.keys = *std::move(keys);
  known.fetched = known.tried;
  const auto found = std::ranges::find(known.keys, id, &WebKey::id);
  if (found == known.keys.end()) return denied("kid: the issuer has no key " + shown(id));
  return *found;
}

Result<std::vector<WebKey>> Issuers::fetch(const std::string& issuer) const {
  const SteadyTime deadline = std::chrono::steady_clock::now() + kPatience;
  ASSIGN_OR_RETURN(const auto about, get(issuer + "/.well-known/openid-configuration", deadline));
  const std::string place = claim_text(about, "jwks_uri");
  if (!is_safe(place)) return fail(Code::issuer_unreachable, "jwks_uri is no https URL");
  ASSIGN_OR_RETURN(const auto keys, get(place, deadline));
  return parse_web_keys(keys);
}

}  // namespace faasta::identity
