// Whose token this is, and the tokens of its owner.

#include <fmt/format.h>

#include <charconv>

#include "api/answer.hpp"
#include "api/api.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
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
  const auto scopes = Scopes::parse(text);
  if (!scopes) return std::unexpected(scopes.error());
  return scopes->text();
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

/// The token that a body asks for: {name, scopes, expires_in?}; without its hash.
Result<store::NewToken> wanted_token(std::string_view body) {
  const auto object = parse_object(body);
  if (!object) return std::unexpected(object.error());
  store::NewToken out;
  std::int64_t seconds = kDefaultSeconds;
  for (const auto& [key, value] : *object) {
    if (key == "name") {
      if (!value.is_string() || value.get_string().empty() || value.get_string().size() > kLongestTokenName ||
          !is_printable(value.get_string()))
        return fail(Code::bad_request, "'name' is not a text of 1 to 100 bytes");
      out.name = value.get_string();
    } else if (key == "scopes") {
      auto scopes = scopes_of(value);
      if (!scopes) return std::unexpected(scopes.error());
      out.scopes = std::move(*scopes);
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

Api::Answer Api::me(Request& request) {
  if (auto query = Query::parse(request.query, {}); !query) co_return std::unexpected(query.error());
  auto ask = [this, &request] { return parts_.accounts.usage(request.actor.owner); };
  const auto usage = co_await on(blocking_, ask);
  if (!usage) co_return std::unexpected(usage.error());
  const store::Account& account = request.bearer.account;
  json::object owner;
  owner["id"] = static_cast<std::int64_t>(account.id);
  owner["github_id"] = account.github_id ? json::value(*account.github_id) : json::value(nullptr);
  owner["login"] = account.login;
  json::object out;
  out["owner"] = std::move(owner);
  out["mode"] = options_.single_owner ? "single-owner" : "github";
  out["token"] = to_json(request.bearer.token);
  out["limits"] = {{"cpu_ms", options_.ceilings.cpu.count()},
                   {"timeout_ms", options_.ceilings.wall.count()},
                   {"memory_mb", options_.ceilings.memory_bytes >> 20U}};
  out["quota"] = store::to_json(store::with_overrides(options_.quota, account.quota_overrides));
  out["usage"] = {{"functions", usage->functions},
                  {"stored_bytes", usage->stored_bytes},
                  {"deploys_last_hour", usage->deploys_last_hour}};
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Api::Answer Api::tokens(Request& request) {
  if (auto query = Query::parse(request.query, {}); !query) co_return std::unexpected(query.error());
  auto ask = [this, &request] { return parts_.accounts.tokens(request.actor.owner); };
  const auto found = co_await on(blocking_, ask);
  if (!found) co_return std::unexpected(found.error());
  json::array tokens;
  for (const store::Token& token : *found) tokens.push_back(to_json(token));
  answer_json(request.exchange, 200, {{"tokens", std::move(tokens)}});
  co_return Result<>{};
}

Api::Answer Api::create_token(Request& request) {
  if (auto query = Query::parse(request.query, {}); !query) co_return std::unexpected(query.error());
  const auto body = co_await read_body(request.exchange, kMostBody);
  if (!body) co_return std::unexpected(body.error());
  auto wanted = wanted_token(*body);
  if (!wanted) co_return std::unexpected(wanted.error());
  const std::string token = identity::new_token();
  wanted->hash = sha256(token);
  auto add = [this, &request, &wanted] { return parts_.accounts.add_token(request.actor, *wanted, options_.quota); };
  const auto made = co_await on(blocking_, add);
  if (!made) co_return std::unexpected(made.error());
  json::object out = to_json(*made);
  out["token"] = token;
  answer_json(request.exchange, 201, out);
  co_return Result<>{};
}

Api::Answer Api::revoke_token(Request& request) {
  if (auto query = Query::parse(request.query, {}); !query) co_return std::unexpected(query.error());
  std::int64_t id = 0;
  const char* const end = request.name.data() + request.name.size();
  if (std::from_chars(request.name.data(), end, id).ptr != end || id < 1)
    co_return fail(Code::token_not_found, "'" + request.name.substr(0, 60) + "'");
  auto revoke = [this, &request, id] { return parts_.accounts.revoke_token(request.actor, TokenId(id)); };
  if (auto done = co_await on(blocking_, revoke); !done) co_return std::unexpected(done.error());
  answer_json(request.exchange, 200, {{"id", id}, {"revoked", true}});
  co_return Result<>{};
}

Api::Answer Api::revoke_current_token(Request& request) {
  if (auto query = Query::parse(request.query, {}); !query) co_return std::unexpected(query.error());
  // The token of `owner.token` would be back at the next start, and until then nobody could sign in.
  if (options_.single_owner && !request.bearer.token.expires)
    co_return fail(Code::bad_request, "this is the token in the server's owner.token, which is not revoked");
  auto revoke = [this, &request] { return parts_.accounts.revoke_token(request.actor, request.actor.token); };
  if (auto done = co_await on(blocking_, revoke); !done) co_return std::unexpected(done.error());
  answer_json(request.exchange, 200, {{"id", static_cast<std::int64_t>(request.actor.token)}, {"revoked", true}});
  co_return Result<>{};
}

}  // namespace faasta::api
