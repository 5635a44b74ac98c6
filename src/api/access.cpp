// Finds the sender of a request and the rights of the sender.

#include "api/access.hpp"

#include "base/log.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"
#include "identity/token.hpp"

namespace faasta::api {
namespace {

constexpr std::string_view kBearer = "Bearer ";
/// These limits are for one client network. After more wrong tokens than kWrongTokens, unknown tokens are looked up
/// only at the rate kSpareLookUps.
constexpr Rate kWrongTokens{60, std::chrono::minutes(1)};
constexpr Rate kSpareLookUps{20, std::chrono::seconds(1)};

Result<std::string_view> token_of(const http::RequestHead& request) {
  const auto field = request.field("authorization");
  if (!field) return fail(Code::not_signed_in, "there is no authorization field");
  if (field->size() <= kBearer.size() || !same_ignoring_case(field->substr(0, kBearer.size()), kBearer))
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

/// Records the use of a token at most once a minute. If the use cannot be recorded, the request is still allowed.
void AccessControl::note_use(const store::Token& token) {
  constexpr std::chrono::minutes kOften{1};
  if (token.last_used && *token.last_used > system_now() - kOften) return;
  if (const auto noted = accounts_.token_used(token.id); !noted)
    log::warn("token_use_not_noted", {{"cause", noted.error().detail}});
}

Result<store::Bearer> AccessControl::bearer_of(std::string_view token, const http::ClientNetwork& client) {
  // The look-up uses the token's digest. So the time that the look-up takes reveals nothing about the token.
  ASSIGN_OR_RETURN(auto found, accounts_.bearer(sha256(token)));
  if (!found) return refuse_token(client, "the token is unknown, expired or revoked");
  right_tokens_.add(sha256(token));
  note_use(found->token);
  return std::move(*found);
}

std::unexpected<Error> AccessControl::refuse_token(const http::ClientNetwork& client, std::string_view why) {
  if (const auto wait = wrong_tokens_.take(client.key(), kWrongTokens)) return too_many_wrong_tokens(*wait);
  return fail(Code::not_signed_in, std::string(why));
}

/// Runs on the event loop, before the catalog is queried. So a wrong token costs the server one digest, and in most
/// cases no look-up. Tokens that were accepted before pass this check. Some unknown tokens pass too, because another
/// client may have the same address as the client that guesses tokens.
Result<> AccessControl::screen_token(std::string_view token, const http::ClientNetwork& client) {
  if (!identity::well_formed(token)) {
    return refuse_token(client, token.starts_with("faa_") ? "the token is mistyped or cut off"
                                                          : "the token is unknown, expired or revoked");
  }
  const auto wait = wrong_tokens_.would_wait(client.key(), kWrongTokens);
  if (!wait || right_tokens_.contains(sha256(token)) || !spare_look_ups_.take(client.key(), kSpareLookUps)) return {};
  return too_many_wrong_tokens(*wait);
}

Task<Result<>> AccessControl::let_in(Request& request, Access access) {
  if (access == Access::open) co_return Result<>{};
  CO_ASSIGN_OR_RETURN(const std::string_view token, token_of(request.exchange.request()));
  CO_RETURN_IF_ERROR(co_await authenticate(request, token));
  CO_RETURN_IF_ERROR(count_request(request.bearer.account));
  co_return check_access(access, request.scopes, request.name);
}

Task<Result<>> AccessControl::let_preview(http::Exchange& exchange, std::string function, OwnerId owner) {
  Request request{exchange, {}, function};
  const auto own_field = exchange.request().field("faasta-token");
  const auto token = own_field ? Result<std::string_view>(*own_field) : token_of(exchange.request());
  if (!token)
    co_return fail_with_advice(Code::not_signed_in, "this is a private preview of '" + function + "'",
                               "Use `faasta invoke --alias LABEL`, or the field `authorization: Bearer TOKEN` with a "
                               "token of the function's owner");
  CO_RETURN_IF_ERROR(co_await authenticate(request, *token));
  if (request.actor.owner != owner) co_return fail(Code::unknown_host);
  co_return check_access(Access::read_function, request.scopes, function);
}

Task<Result<>> AccessControl::authenticate(Request& request, std::string_view token) {
  const http::ClientNetwork client = request.exchange.client().network;
  CO_RETURN_IF_ERROR(screen_token(token, client));
  auto look_up = [this, token, client] { return bearer_of(token, client); };
  CO_ASSIGN_OR_RETURN(auto bearer, co_await on(authenticating_, look_up));
  CO_ASSIGN_OR_RETURN(auto scopes, Scopes::parse(bearer.token.scopes));
  request.actor = {bearer.account.id, bearer.token.id};
  request.scopes = std::move(scopes);
  request.bearer = std::move(bearer);
  co_return Result<>{};
}

Result<> AccessControl::count_request(const store::Account& account) {
  const auto most = store::with_overrides(quota_, account.quota_overrides).api_requests_per_minute;
  if (most == 0) return {};
  const std::string owner = std::to_string(static_cast<std::int64_t>(account.id));
  const auto wait = requests_.take(owner, {static_cast<double>(most), std::chrono::minutes(1)});
  if (wait) return fail_for_now(Code::too_many_requests, std::to_string(most) + " a minute are allowed", *wait);
  return {};
}

}  // namespace faasta::api
