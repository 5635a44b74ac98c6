#include "api/trusts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include "api/answer.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"
#include "identity/token.hpp"

namespace faasta::api {
namespace {

constexpr std::uint64_t kMostBody = 32U << 10U;
constexpr std::chrono::minutes kTokenLife{15};
constexpr unsigned kMostChecks = 64;
constexpr const char* kGithubActions = "https://token.actions.githubusercontent.com";

json::object to_json(const store::Trust& trust) {
  const auto or_null = [](const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); };
  return {{"id", trust.id},
          {"function", trust.function},
          {"issuer", trust.issuer},
          {"repository", trust.repository},
          {"repository_id", or_null(trust.repository_id)},
          {"ref", or_null(trust.ref)},
          {"environment", or_null(trust.environment)},
          {"created_at", rfc3339(trust.created)},
          {"used_at", trust.used ? json::value(rfc3339(*trust.used)) : json::value(nullptr)}};
}

/// Reads the texts of a body.
Result<std::vector<std::string>> texts_of(std::string_view body, std::initializer_list<std::string_view> names) {
  ASSIGN_OR_RETURN(const auto object, parse_object(body));
  std::vector<std::string> out(names.size());
  for (const auto& [key, value] : object) {
    const auto* const known = std::ranges::find(names, std::string_view(key));
    if (known == names.end()) return fail(Code::unknown_field, "'" + std::string(key).substr(0, 40) + "'");
    if (!value.is_string()) return fail(Code::bad_request, "'" + std::string(key) + "' is not a text");
    out[static_cast<std::size_t>(known - names.begin())] = value.get_string();
  }
  return out;
}

std::string first_of(const json::object& claims, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (auto text = identity::claim_text(claims, name); !text.empty()) return text;
  return {};
}

/// The claims of GitHub, or of GitLab.
store::Job job_of(const json::object& claims) {
  store::Job out;
  out.issuer = identity::claim_text(claims, "iss");
  out.repository = first_of(claims, {"repository", "project_path"});
  out.repository_id = first_of(claims, {"repository_id", "project_id"});
  out.account_id = first_of(claims, {"repository_owner_id", "namespace_id"});
  out.ref = first_of(claims, {"ref_path", "ref"});
  out.environment = identity::claim_text(claims, "environment");
  out.token = sha256(out.issuer + '\0' + identity::claim_text(claims, "jti"));
  const json::value* const expires = claims.if_contains("exp");
  out.expires = SystemTime(std::chrono::seconds(expires->get_int64()));
  return out;
}

}  // namespace

std::vector<Endpoint> TrustsApi::endpoints() {
  return {{"GET", "/v1/trusts", Access::admin, std::bind_front(&TrustsApi::list, this)},
          {"POST", "/v1/trusts", Access::admin, std::bind_front(&TrustsApi::add, this)},
          {"DELETE", "/v1/trusts/{id}", Access::admin, std::bind_front(&TrustsApi::remove, this)},
          {"POST", "/v1/login/oidc", Access::open, std::bind_front(&TrustsApi::sign_in, this)}};
}

Answer TrustsApi::list(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  auto ask = [this, &request] { return parts_.trusts.list(request.actor.owner); };
  CO_ASSIGN_OR_RETURN(const auto found, co_await on(parts_.pool, ask));
  json::array trusts;
  for (const store::Trust& trust : found) trusts.push_back(to_json(trust));
  const auto& issuers = parts_.issuers.names();
  answer_json(request.exchange, 200,
              {{"trusts", std::move(trusts)}, {"issuers", json::array(issuers.begin(), issuers.end())}});
  co_return Result<>{};
}

Answer TrustsApi::add(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const auto texts, texts_of(body, {"function", "repository", "issuer", "ref", "environment"}));
  CO_ASSIGN_OR_RETURN(const FunctionName function, FunctionName::parse(texts[0]));
  store::Trust trust;
  trust.repository = lowered(texts[1]);
  trust.issuer = texts[2].empty() ? kGithubActions : texts[2];
  trust.ref = texts[3];
  trust.environment = texts[4];
  if (std::ranges::find(parts_.issuers.names(), trust.issuer) == parts_.issuers.names().end())
    co_return fail(Code::bad_request, "'issuer' is not one that the operator has named in [auth] oidc_issuers");
  auto change = [this, &request, &function, &trust] { return parts_.trusts.add(request.actor, function, trust); };
  CO_ASSIGN_OR_RETURN(const store::Trust made, co_await on(parts_.pool, change));
  answer_json(request.exchange, 201, to_json(made));
  co_return Result<>{};
}

Answer TrustsApi::remove(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  std::int64_t id = 0;
  const char* const end = request.name.data() + request.name.size();
  if (std::from_chars(request.name.data(), end, id).ptr != end || request.name.empty())
    co_return fail(Code::trust_not_found, "'" + request.name.substr(0, 40) + "'");
  auto change = [this, &request, id] { return parts_.trusts.remove(request.actor, id); };
  CO_RETURN_IF_ERROR(co_await on(parts_.pool, change));
  answer_json(request.exchange, 200, {{"id", id}, {"removed", true}});
  co_return Result<>{};
}

Answer TrustsApi::sign_in(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  http::Exchange& exchange = request.exchange;
  const Rate rate{static_cast<double>(options_.logins_per_minute), std::chrono::minutes(1)};
  if (const auto wait = sign_ins_.take(exchange.client().network.key(), rate))
    co_return fail_for_now(Code::too_many_requests, "too many sign-ins from this address", *wait);
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const auto texts, texts_of(body, {"token", "function"}));
  CO_ASSIGN_OR_RETURN(const FunctionName function, FunctionName::parse(texts[1]));
  const auto place = checking_.enter(kMostChecks);
  if (!place)
    co_return fail_for_now(Code::too_many_requests, "the server has many sign-ins under way", std::chrono::seconds(5));
  std::string audience = parts_.addresses.url("api", exchange);
  audience.pop_back();  // the slash at the end
  auto check = [this, &texts, &audience] { return parts_.issuers.check(texts[0], audience, system_now()); };
  CO_ASSIGN_OR_RETURN(const json::object claims, co_await on(checks_, check));
  const store::Job job = job_of(claims);
  const std::string token = identity::new_token();
  const store::NewToken record{sha256(token), ("oidc " + job.repository).substr(0, 100), "deploy:" + function.str(),
                               system_now() + kTokenLife};
  auto change = [this, &job, &function, &record] {
    return parts_.trusts.sign_in(job, function, record, options_.quota);
  };
  CO_ASSIGN_OR_RETURN(const store::Bearer bearer, co_await on(parts_.pool, change));
  log::info("signed_in", {{"request_id", exchange.request_id()},
                          {"owner", static_cast<std::int64_t>(bearer.account.id)},
                          {"repository", job.repository},
                          {"token", static_cast<std::int64_t>(bearer.token.id)}});
  answer_json(exchange, 200,
              {{"token", token},
               {"token_id", static_cast<std::int64_t>(bearer.token.id)},
               {"login", bearer.account.login},
               {"expires_at", rfc3339(*bearer.token.expires)},
               {"scopes", json::array{record.scopes}}});
  co_return Result<>{};
}

}  // namespace faasta::api
