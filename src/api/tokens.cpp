#include "api/tokens.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "api/answer.hpp"
#include "api/limits.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "base/propagate.hpp"
#include "identity/token.hpp"

namespace faasta::api {
namespace {

constexpr std::uint64_t kMostBody = 16U << 10U;
constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kDefaultSeconds = 90 * kDay;
constexpr std::int64_t kMostSeconds = std::chrono::seconds(kLongestTokenLife).count();

json::value time_or_null(const std::optional<SystemTime>& time) {
  return time ? json::value(rfc3339(*time)) : json::value(nullptr);
}

json::object to_json(const store::Token& token) {
  const auto scopes = scope_words(token.scopes);
  json::object out;
  out["id"] = static_cast<std::int64_t>(token.id);
  out["name"] = token.name;
  out["scopes"] = json::array(scopes.begin(), scopes.end());
  out["created_at"] = rfc3339(token.created);
  out["expires_at"] = time_or_null(token.expires);
  out["last_used_at"] = time_or_null(token.last_used);
  return out;
}

Result<std::string> scopes_of(const json::value& value) {
  const json::array* words = value.if_array();
  if (words == nullptr) return fail(Code::bad_request, "'scopes' is not a list of texts");
  if (words->size() > kMostScopes) return fail(Code::bad_request, fmt::format("more than {} scopes", kMostScopes));
  std::string text;
  for (const json::value& word : *words) {
    if (!word.is_string()) return fail(Code::bad_request, "'scopes' is not a list of texts");
    text += std::string(word.get_string()) + " ";
  }
  ASSIGN_OR_RETURN(const Scopes scopes, Scopes::parse(text));
  return scopes.text();
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

/// Reads the token that a body {name, scopes, expires_in?} requests. The result has no hash yet.
Result<store::NewToken> wanted_token(std::string_view body) {
  ASSIGN_OR_RETURN(const auto object, parse_object(body));
  store::NewToken out;
  std::int64_t seconds = kDefaultSeconds;
  for (const auto& [key, value] : object) {
    if (key == "name") {
      if (!value.is_string() || value.get_string().empty() || value.get_string().size() > kLongestTokenName ||
          !is_printable(value.get_string()))
        return fail(Code::bad_request, "'name' is not a text of 1 to 100 bytes");
      out.name = value.get_string();
    } else if (key == "scopes") {
      ASSIGN_OR_RETURN(out.scopes, scopes_of(value));
    } else if (key == "expires_in") {
      if (!value.is_int64() || value.get_int64() < 1 || value.get_int64() > kMostSeconds)
        return fail(Code::bad_request, "'expires_in' is not a number of seconds up to 366 days");
      seconds = value.get_int64();
    } else {
      return fail(Code::unknown_field, "'" + std::string(key) + "'");
    }
  }
  if (out.name.empty() || out.scopes.empty()) return fail(Code::bad_request, "'name' and 'scopes' are needed");
  out.expires = system_now() + std::chrono::seconds(seconds);
  return out;
}

}  // namespace

std::vector<Endpoint> TokensApi::endpoints() {
  return {
      {"GET", "/v1/me", Access::any_token, std::bind_front(&TokensApi::me, this)},
      {"GET", "/v1/tokens", Access::admin, std::bind_front(&TokensApi::list, this)},
      {"POST", "/v1/tokens", Access::admin, std::bind_front(&TokensApi::create, this)},
      {"DELETE", "/v1/tokens/current", Access::any_token, std::bind_front(&TokensApi::revoke_current, this)},
      {"DELETE", "/v1/tokens/{id}", Access::admin, std::bind_front(&TokensApi::revoke, this)},
  };
}

Answer TokensApi::me(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  auto ask = [this, &request] { return accounts_.usage(request.actor.owner); };
  CO_ASSIGN_OR_RETURN(const auto usage, co_await on(pool_, ask));
  const store::Account& account = request.bearer.account;
  json::object owner;
  owner["id"] = static_cast<std::int64_t>(account.id);
  owner["github_id"] = account.github_id ? json::value(*account.github_id) : json::value(nullptr);
  owner["login"] = account.login;
  json::object out;
  out["owner"] = std::move(owner);
  out["mode"] = options_.single_owner ? "single-owner" : "github";
  out["token"] = to_json(request.bearer.token);
  out["limits"] = limits_json(options_.ceilings);
  out["quota"] = store::to_json(store::with_overrides(options_.quota, account.quota_overrides));
  out["usage"] = {{"functions", usage.functions},
                  {"stored_bytes", usage.stored_bytes},
                  {"deploys_last_hour", usage.deploys_last_hour}};
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer TokensApi::list(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  auto ask = [this, &request] { return accounts_.tokens(request.actor.owner); };
  CO_ASSIGN_OR_RETURN(const auto found, co_await on(pool_, ask));
  json::array tokens;
  for (const store::Token& token : found) tokens.push_back(to_json(token));
  answer_json(request.exchange, 200, {{"tokens", std::move(tokens)}});
  co_return Result<>{};
}

Answer TokensApi::create(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(auto wanted, wanted_token(body));
  const std::string token = identity::new_token();
  wanted.hash = sha256(token);
  auto add = [this, &request, &wanted] { return accounts_.add_token(request.actor, wanted, options_.quota); };
  CO_ASSIGN_OR_RETURN(const store::Token made, co_await on(pool_, add));
  json::object out = to_json(made);
  out["token"] = token;
  answer_json(request.exchange, 201, out);
  co_return Result<>{};
}

Answer TokensApi::revoke(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  std::int64_t id = 0;
  const char* const end = request.name.data() + request.name.size();
  if (std::from_chars(request.name.data(), end, id).ptr != end || id < 1)
    co_return fail(Code::token_not_found, "'" + request.name.substr(0, 60) + "'");
  auto revoke = [this, &request, id] { return accounts_.revoke_token(request.actor, TokenId(id)); };
  CO_RETURN_IF_ERROR(co_await on(pool_, revoke));
  answer_json(request.exchange, 200, {{"id", id}, {"revoked", true}});
  co_return Result<>{};
}

Answer TokensApi::revoke_current(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  // The server makes a new owner token only when it starts. Until then, no user could sign in.
  if (options_.single_owner && !request.bearer.token.expires)
    co_return fail(Code::bad_request, "this is the token in the server's owner.token, which is not revoked");
  auto revoke = [this, &request] { return accounts_.revoke_token(request.actor, request.actor.token); };
  CO_RETURN_IF_ERROR(co_await on(pool_, revoke));
  answer_json(request.exchange, 200, {{"id", static_cast<std::int64_t>(request.actor.token)}, {"revoked", true}});
  co_return Result<>{};
}

}  // namespace faasta::api
