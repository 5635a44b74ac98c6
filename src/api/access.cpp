// Who asks, and what they may.

#include "api/access.hpp"

#include "api/api.hpp"
#include "api/client_network.hpp"
#include "base/log.hpp"
#include "identity/token.hpp"

namespace faasta::api {
namespace {

constexpr std::string_view kBearer = "Bearer ";
/// Of one client network. Once it has sent more wrong tokens than these, unknown ones are looked up at the second rate.
constexpr Rate kWrongTokens{60, std::chrono::minutes(1)};
constexpr Rate kSpareLookUps{20, std::chrono::seconds(1)};

Result<std::string_view> token_of(const http::RequestHead& request) {
  const auto field = request.field("authorization");
  if (!field) return fail(Code::not_signed_in, "there is no authorization field");
  if (field->size() <= kBearer.size() || !http::same_token(field->substr(0, kBearer.size()), kBearer))
    return fail(Code::not_signed_in, "the authorization field is not 'Bearer TOKEN'");
  return field->substr(kBearer.size());
}

std::unexpected<Error> too_many_wrong_tokens(std::chrono::seconds wait) {
  return fail_for_now(Code::too_many_requests, "too many wrong tokens from this address", wait);
}

}  // namespace

Result<> check_access(Access access, const Scopes& scopes, std::string_view function) {
  const auto refuse = [&scopes](const std::string& needed) {
    return fail(Code::scope_missing, "it has the scopes '" + scopes.text() + "', and this needs " + needed);
  };
  const std::string name(function.substr(0, 60));
  switch (access) {
    case Access::open:
    case Access::any_token:
      return {};
    case Access::read_function:
      if (!scopes.may_read(function)) return refuse("'read' or 'deploy:" + name + "'");
      return {};
    case Access::deploy_function:
      if (!scopes.may_deploy(function)) return refuse("'deploy:" + name + "'");
      return {};
    case Access::admin:
      break;
  }
  if (!scopes.admin()) return refuse("'admin'");
  return {};
}

/// Once a minute is enough, and that it could not be noted is no reason to turn anybody away.
void Api::note_use(const store::Token& token) {
  constexpr std::chrono::minutes kOften{1};
  if (token.last_used && *token.last_used > system_now() - kOften) return;
  if (const auto noted = parts_.accounts.token_used(token.id); !noted)
    log::warn("token_use_not_noted", {{"cause", noted.error().detail}});
}

Result<store::Bearer> Api::bearer_of(std::string_view token, std::string_view client) {
  // By its digest, so that the time of the look-up says nothing of the token.
  auto found = parts_.accounts.bearer(sha256(token));
  if (!found) return std::unexpected(found.error());
  if (*found) {
    right_tokens_.add(sha256(token));
    note_use((*found)->token);
    return std::move(**found);
  }
  return refuse_token(client, "the token is unknown, expired or revoked");
}

std::unexpected<Error> Api::refuse_token(std::string_view client, std::string_view why) {
  if (const auto wait = wrong_tokens_.take(client_network(client), kWrongTokens)) return too_many_wrong_tokens(*wait);
  return fail(Code::not_signed_in, std::string(why));
}

/// On the event loop, before the catalog is asked: a flood of wrong tokens costs a digest each, and few look-ups. A
/// token that was right lately passes, and now and then a new one, since others may share the address of somebody who
/// guesses.
Result<> Api::screen_token(std::string_view token, std::string_view client) {
  if (!identity::well_formed(token)) {
    return refuse_token(client, token.starts_with("faa_") ? "the token is mistyped or cut off"
                                                          : "the token is unknown, expired or revoked");
  }
  const std::string network = client_network(client);
  const auto wait = wrong_tokens_.would_wait(network, kWrongTokens);
  if (!wait || right_tokens_.contains(sha256(token)) || !spare_look_ups_.take(network, kSpareLookUps)) return {};
  return too_many_wrong_tokens(*wait);
}

Task<Result<>> Api::authenticate(Request& request) {
  const auto token = token_of(request.exchange.request());
  if (!token) co_return std::unexpected(token.error());
  if (auto plausible = screen_token(*token, request.exchange.client_address()); !plausible)
    co_return std::unexpected(plausible.error());
  auto look_up = [this, &request, &token] { return bearer_of(*token, request.exchange.client_address()); };
  auto bearer = co_await on(blocking_, look_up);
  if (!bearer) co_return std::unexpected(bearer.error());
  auto scopes = Scopes::parse(bearer->token.scopes);
  if (!scopes) co_return std::unexpected(scopes.error());
  const auto most = store::with_overrides(options_.quota, bearer->account.quota_overrides).api_requests_per_minute;
  if (most > 0) {
    const std::string owner = std::to_string(static_cast<std::int64_t>(bearer->account.id));
    if (const auto wait = requests_.take(owner, {static_cast<double>(most), std::chrono::minutes(1)}))
      co_return fail_for_now(Code::too_many_requests, std::to_string(most) + " a minute are allowed", *wait);
  }
  request.actor = {bearer->account.id, bearer->token.id};
  request.scopes = std::move(*scopes);
  request.bearer = std::move(*bearer);
  co_return Result<>{};
}

}  // namespace faasta::api
