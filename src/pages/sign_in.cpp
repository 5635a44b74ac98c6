// Signing in to the dashboard: sessions, forms, and the way to GitHub and back.

#include "api/access.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "base/log.hpp"
#include "base/pkce.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"
#include "identity/token.hpp"
#include "pages/answer.hpp"
#include "pages/dashboard.hpp"
#include "pages/same_origin.hpp"

namespace faasta::pages {
namespace {

constexpr std::uint64_t kMostForm = 4096;
constexpr std::size_t kSecretBytes = 32;
/// The limits for one client network, and for one owner.
constexpr Rate kAttempts{20, std::chrono::minutes(1)};
constexpr Rate kPages{600, std::chrono::minutes(1)};
/// For one client network, as for wrong tokens (api/access.cpp): after more unknown sessions than kUnknown, only
/// sessions that were known before are looked up, and others at the rate kSpareLookUps.
constexpr Rate kUnknown{60, std::chrono::minutes(1)};
constexpr Rate kSpareLookUps{20, std::chrono::seconds(1)};

std::string_view scheme(bool secure) { return secure ? "https" : "http"; }

}  // namespace

Cookie Dashboard::session_cookie(const http::Exchange& exchange) const {
  return {"session", parts_.api.addresses().is_https(exchange)};
}

Cookie Dashboard::github_cookie(const http::Exchange& exchange) const {
  return {"github", parts_.api.addresses().is_https(exchange)};
}

Viewer Dashboard::viewer(const Request& request) const {
  return {request.bearer.account.login, proof_of(session_secret(request.exchange)),
          request.actor.owner == kSingleOwner && request.scopes.admin()};
}

/// The text in the cookie of a request that let_in() has let in.
std::string_view Dashboard::session_secret(const http::Exchange& exchange) const {
  const auto secret = session_cookie(exchange).value(exchange.request());
  return secret ? secret->value_or("") : "";
}

/// Finds the session of the request's cookie, and checks its rights. Before that, refuses requests that pages of other
/// origins made: with the cookie of the person they would use up the limits of this person.
Dashboard::Answer Dashboard::let_in(Request& request, api::Access access) {
  if (access == api::Access::open) co_return Result<>{};
  CO_RETURN_IF_ERROR(check_reader(request.exchange.request()));
  CO_ASSIGN_OR_RETURN(const auto secret, session_cookie(request.exchange).value(request.exchange.request()));
  if (!secret || secret->empty()) co_return fail(Code::not_signed_in);
  const Sha256 hash = sha256(*secret);
  const http::ClientNetwork network = request.exchange.client().network;
  const auto unknown = unknown_sessions_.would_wait(network.key(), kUnknown);
  if (unknown && !known_sessions_.contains(hash) && spare_look_ups_.take(network.key(), kSpareLookUps))
    co_return fail_for_now(Code::too_many_requests, "too many unknown sessions from this address", *unknown);
  auto look_up = [this, &hash] { return parts_.accounts.session(hash); };
  CO_ASSIGN_OR_RETURN(auto session, co_await on(accounts_, look_up));
  if (!session) {
    static_cast<void>(unknown_sessions_.take(network.key(), kUnknown));
    co_return fail(Code::not_signed_in);
  }
  known_sessions_.add(hash);
  const std::string owner = std::to_string(static_cast<std::int64_t>(session->bearer.account.id));
  if (const auto wait = pages_.take(owner, kPages))
    co_return fail_for_now(Code::too_many_requests, "you load too many pages", *wait);
  CO_ASSIGN_OR_RETURN(request.scopes, Scopes::parse(session->bearer.token.scopes));
  request.actor = {session->bearer.account.id, session->bearer.token.id};
  request.bearer = std::move(session->bearer);
  co_return api::check_access(access, request.scopes, request.name);
}

/// Reads a form that must come from a page of this dashboard. On a route that needs a session, the form must be of this
/// session. The form for signing in has no session:
/// check_same_origin() alone protects it.
Task<Result<api::Query>> Dashboard::form(Request& request, std::initializer_list<std::string_view> fields) {
  http::Exchange& exchange = request.exchange;
  CO_RETURN_IF_ERROR(check_same_origin(exchange.request(), scheme(parts_.api.addresses().is_https(exchange))));
  std::vector<std::string_view> known(fields);
  known.push_back("proof");
  CO_ASSIGN_OR_RETURN(std::string body, co_await api::read_body(exchange, kMostForm));
  CO_ASSIGN_OR_RETURN(auto read, api::Query::parse_form(std::move(body), known));
  if (request.actor.owner != OwnerId{}) {
    CO_RETURN_IF_ERROR(check_proof(session_secret(exchange), read.find("proof").value_or("")));
  }
  co_return read;
}

Dashboard::Answer Dashboard::sign_in_form(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, api::Query::parse(request.query, {"code"}));
  answer_html(request.exchange, 200,
              sign_in_page({parts_.login != nullptr, std::string(query.find("code").value_or("")), {}}));
  co_return Result<>{};
}

Dashboard::Answer Dashboard::sign_in(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto given, co_await form(request, {"token", "code"}));
  std::string token(trimmed(given.find("token").value_or("")));
  std::string code(given.find("code").value_or(""));
  auto bearer = co_await bearer_of(request, std::move(token), std::move(code));
  if (!bearer) {
    SignIn page{parts_.login != nullptr, {}, bearer.error().detail};
    if (page.problem.empty()) page.problem = info(bearer.error().code).title;
    const std::string wait = std::to_string(bearer.error().retry_after.count());
    std::vector<FieldView> more;
    if (bearer.error().retry_after.count() > 0) more.push_back({"retry-after", wait});
    answer_html(request.exchange, info(bearer.error().code).status, sign_in_page(page), more);
    co_return Result<>{};
  }
  Result<> begun = co_await begin_session(request, std::move(*bearer), false);
  co_return begun;
}

/// Finds the token that somebody has given, or for which a link was made.
Task<Result<store::Bearer>> Dashboard::bearer_of(Request& request, std::string token, std::string code) {
  if (const auto wait = attempts_.take(request.exchange.client().network.key(), kAttempts))
    co_return fail_for_now(Code::too_many_requests, "Too many attempts from your network; wait a minute", *wait);
  if (!code.empty()) {
    auto known = parts_.links.take(code);
    if (!known) co_return fail(Code::login_code_invalid, "The link was used before, or is older than a minute");
    co_return std::move(*known);
  }
  if (!identity::well_formed(token))
    co_return fail(Code::not_signed_in, "This is not a token, or a part of it is missing");
  auto look_up = [this, hash = sha256(token)] { return parts_.accounts.bearer(hash); };
  CO_ASSIGN_OR_RETURN(auto found, co_await on(accounts_, look_up));
  if (!found) co_return fail(Code::not_signed_in, "The token is unknown, expired or revoked");
  co_return std::move(*found);
}

Dashboard::Answer Dashboard::begin_session(Request& request, store::Bearer bearer, bool owns) {
  const std::string secret = random_hex(kSecretBytes);
  auto begin = [this, &bearer, owns, hash = sha256(secret)] {
    return parts_.accounts.begin_session({bearer.account.id, bearer.token.id}, hash, owns);
  };
  CO_RETURN_IF_ERROR(co_await on(accounts_, begin));
  known_sessions_.add(sha256(secret));
  log::info("dashboard_sign_in", {{"owner", bearer.account.login}});
  const std::string cookie = session_cookie(request.exchange).set(secret);
  const FieldView more[] = {{"set-cookie", cookie}};
  answer_see_other(request.exchange, "/dashboard", more);
  co_return Result<>{};
}

Dashboard::Answer Dashboard::sign_out(Request& request) {
  CO_RETURN_IF_ERROR(co_await form(request, {}));
  const Cookie cookie = session_cookie(request.exchange);
  auto end = [this, &request, hash = sha256(session_secret(request.exchange))] {
    return parts_.accounts.end_session(request.actor, hash);
  };
  CO_RETURN_IF_ERROR(co_await on(accounts_, end));
  const std::string cleared = cookie.cleared();
  const FieldView more[] = {{"set-cookie", cleared}, {"clear-site-data", "\"cache\""}};
  answer_see_other(request.exchange, "/dashboard/sign-in", more);
  co_return Result<>{};
}

/// The dashboard signs in at the API as a program does (docs/login.md), with a page of its own as the address to come
/// back to.
Dashboard::Answer Dashboard::to_github(Request& request) {
  CO_RETURN_IF_ERROR(api::Query::parse(request.query, {}));
  if (parts_.login == nullptr) co_return fail(Code::login_unavailable);
  const std::string state = random_hex(kSecretBytes);
  const std::string verifier = new_code_verifier();
  const api::Addresses& addresses = parts_.api.addresses();
  const std::string query = Url::path({})
                                .with("redirect_uri", addresses.apex() + std::string(kBackFromGithub))
                                .with("state", state)
                                .with("code_challenge", code_challenge(verifier))
                                .with("code_challenge_method", "S256")
                                .text()
                                .substr(1);
  const std::string cookie = github_cookie(request.exchange).set(state + "." + verifier) + "; Max-Age=600";
  const FieldView more[] = {{"set-cookie", cookie}};
  answer_see_other(request.exchange, addresses.url("api") + "v1/login/start" + query, more);
  co_return Result<>{};
}

Dashboard::Answer Dashboard::from_github(Request& request) {
  CO_ASSIGN_OR_RETURN(const auto query, api::Query::parse(request.query, {"state", "code", "error"}));
  if (parts_.login == nullptr) co_return fail(Code::login_unavailable);
  CO_ASSIGN_OR_RETURN(const auto cookie, github_cookie(request.exchange).value(request.exchange.request()));
  std::string_view verifier = cookie.value_or("");
  const std::string_view state = take_until(verifier, '.');
  if (state.empty() || query.find("state") != state) co_return fail(Code::login_state_invalid);
  if (const auto error = query.find("error")) co_return fail(code_from_name(*error).value_or(Code::github_refused));
  auto redeem = [this, &query, verifier] {
    const std::string back = parts_.api.addresses().apex() + std::string(kBackFromGithub);
    return parts_.login->redeem(query.find("code").value_or(""), verifier, back, "dashboard");
  };
  CO_ASSIGN_OR_RETURN(auto signed_in, co_await on(accounts_, redeem));
  Result<> begun = co_await begin_session(request, std::move(signed_in.bearer), true);
  co_return begun;
}

}  // namespace faasta::pages
