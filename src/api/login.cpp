// The endpoints for signing in. The values that they receive are never logged.

#include "api/login.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "api/answer.hpp"
#include "api/login_page.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"

namespace faasta::api {
namespace {

constexpr std::uint64_t kMostBody = 4096;
constexpr std::size_t kLongestCode = 256;
constexpr std::size_t kLongestName = 100;
/// At most this many sign-ins wait for GitHub or for a thread of the pool. With more sign-ins, each person would wait
/// too long.
constexpr unsigned kMostAtGithub = 64;
constexpr double kStepsOfOneStart = 12.0;  // further requests for one sign-in; most of them are polls of a device

/// Reads a parameter of a query. GitHub may add other parameters to the query. Returns nothing if the parameter is
/// missing or occurs twice.
std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  std::optional<std::string> out;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (!pair.starts_with(name) || pair.size() <= name.size() || pair[name.size()] != '=') continue;
    if (out) return std::nullopt;
    out = percent_decoded(pair.substr(name.size() + 1));
    if (!out) return std::nullopt;
  }
  return out;
}

Result<identity::LoginRequest> login_request(std::string_view text) {
  const auto query = Query::parse(text, {"redirect_uri", "state", "code_challenge", "code_challenge_method"});
  if (!query) return fail(Code::login_invalid, query.error().detail);
  identity::LoginRequest out;
  const std::pair<std::string_view, std::string*> parts[] = {{"redirect_uri", &out.redirect_uri},
                                                             {"state", &out.state},
                                                             {"code_challenge", &out.code_challenge},
                                                             {"code_challenge_method", &out.code_challenge_method}};
  for (const auto& [name, target] : parts) {
    const auto values = query->all(name);
    if (values.size() != 1) return fail(Code::login_invalid, "'" + std::string(name) + "' is not given once");
    *target = values.front();
  }
  return out;
}

/// Returns the text fields of a body, in the order of `names`. The fields after the first `needed` are optional.
Result<std::vector<std::string>> text_fields(std::string_view body, std::initializer_list<std::string_view> names,
                                             std::size_t needed) {
  ASSIGN_OR_RETURN(const auto object, parse_object(body));
  std::vector<std::string> out(names.size());
  for (const auto& [key, value] : object) {
    const auto* const known = std::ranges::find(names, std::string_view(key));
    if (known == names.end()) return fail(Code::unknown_field, "'" + std::string(key).substr(0, 40) + "'");
    if (!value.is_string()) return fail(Code::bad_request, "'" + std::string(key) + "' is not a text");
    out[static_cast<std::size_t>(known - names.begin())] = value.get_string();
  }
  for (std::size_t i = 0; i < needed; ++i)
    if (out[i].empty()) return fail(Code::bad_request, "'" + std::string(names.begin()[i]) + "' is missing");
  return out;
}

/// Checks the name for the token in its owner's list.
Result<std::string> token_name(std::string name) {
  if (name.empty()) return std::string("faasta login");
  const bool plain = std::ranges::all_of(name, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (name.size() > kLongestName || !plain) return fail(Code::bad_request, "'name' is not a text of 1 to 100 bytes");
  return name;
}

json::object to_json(const identity::SignedIn& signed_in) {
  const store::Token& token = signed_in.bearer.token;
  const auto scopes = scope_words(token.scopes);
  json::object out;
  out["token"] = signed_in.token;
  out["token_id"] = static_cast<std::int64_t>(token.id);
  out["login"] = signed_in.bearer.account.login;
  out["expires_at"] = token.expires ? json::value(rfc3339(*token.expires)) : json::value(nullptr);
  out["scopes"] = json::array(scopes.begin(), scopes.end());
  return out;
}

void tell(const Request& request, const identity::SignedIn& signed_in) {
  log::info("signed_in", {{"request_id", request.exchange.request_id()},
                          {"owner", static_cast<std::int64_t>(signed_in.bearer.account.id)},
                          {"login", signed_in.bearer.account.login},
                          {"token", static_cast<std::int64_t>(signed_in.bearer.token.id)}});
}

std::unexpected<Error> too_many_at_github() {
  return fail_for_now(Code::too_many_requests, "the server has many sign-ins under way", std::chrono::seconds(5));
}

}  // namespace

std::vector<Endpoint> LoginApi::endpoints() {
  // These endpoints refuse HEAD: if HEAD did the same as GET, a sign-in would begin or end twice.
  return {
      {"GET", "/v1/login", Access::open, std::bind_front(&LoginApi::offer, this)},
      {"GET", "/v1/login/start", Access::open, std::bind_front(&LoginApi::start, this), false},
      {"GET", "/v1/login/callback", Access::open, std::bind_front(&LoginApi::callback, this), false},
      {"POST", "/v1/login/token", Access::open, std::bind_front(&LoginApi::token, this)},
      {"POST", "/v1/login/device", Access::open, std::bind_front(&LoginApi::device, this)},
      {"POST", "/v1/login/device/token", Access::open, std::bind_front(&LoginApi::device_token, this)},
  };
}

/// Checks that the server has sign-ins by GitHub, and that the client is below its limit.
Result<> LoginApi::admit(http::Exchange& exchange, Step step) {
  const double starts = options_.logins_per_minute;
  const std::string_view client = exchange.client().network.key();
  const auto wait = step == Step::start ? starts_.take(client, {starts, std::chrono::minutes(1)})
                                        : steps_.take(client, {starts * kStepsOfOneStart, std::chrono::minutes(1)});
  if (wait) return fail_for_now(Code::too_many_requests, "too many sign-ins from this address", *wait);
  if (login_ == nullptr && step != Step::ask) return fail(Code::login_unavailable);
  return {};
}

Answer LoginApi::offer(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_RETURN_IF_ERROR(admit(request.exchange, Step::ask));
  json::object out{{"mode", "single-owner"}, {"browser", false}, {"device", false}};
  if (login_ == nullptr && !options_.owner_token_file.empty()) out["token_file"] = options_.owner_token_file;
  if (login_ != nullptr) {
    out = {{"mode", "github"}, {"browser", true}, {"device", login_->device()}};
    out["github"] = login_->app().url;
  }
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer LoginApi::start(Request& request) {
  const auto begin = [&]() -> Result<identity::Login::Start> {
    RETURN_IF_ERROR(admit(request.exchange, Step::start));
    ASSIGN_OR_RETURN(auto wanted, login_request(request.query));
    return login_->start(std::move(wanted));
  };
  const auto started = begin();
  if (!started) {
    answer_login_page(request.exchange, started.error());
    co_return Result<>{};
  }
  const LoginCookie cookie(started->state, addresses_.is_https(request.exchange));
  answer_redirect(request.exchange, started->location, cookie.set(started->browser_secret));
  co_return Result<>{};
}

Answer LoginApi::callback(Request& request) {
  const std::string state = parameter(request.query, "state").value_or("");
  const LoginCookie cookie(state, addresses_.is_https(request.exchange));
  const auto arrive = [&]() -> Result<identity::Arrival> {
    RETURN_IF_ERROR(admit(request.exchange, Step::go_on));
    return login_->arrive(state, cookie.value(request.exchange.request()).value_or(""));
  };
  auto arrival = arrive();
  if (!arrival) {
    answer_login_page(request.exchange, arrival.error());
    co_return Result<>{};
  }
  const std::string location = co_await after_github(request, std::move(*arrival));
  answer_redirect(request.exchange, location, cookie.cleared());
  co_return Result<>{};
}

Task<std::string> LoginApi::after_github(Request& request, identity::Arrival arrival) {
  const auto error = parameter(request.query, "error");
  const auto code = parameter(request.query, "code");
  if (error || !code || code->empty() || code->size() > kLongestCode)
    co_return identity::Login::finish(arrival, error == "access_denied" ? Code::login_denied : Code::github_refused);
  const auto place = at_github_.enter(kMostAtGithub);
  if (!place) co_return identity::Login::finish(arrival, Code::too_many_requests);
  auto ask = [this, &arrival, &code] { return login_->finish(std::move(arrival), *code); };
  std::string location = co_await on(github_pool_, ask);
  co_return location;
}

Answer LoginApi::token(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_RETURN_IF_ERROR(admit(request.exchange, Step::go_on));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const auto given, text_fields(body, {"code", "code_verifier", "redirect_uri", "name"}, 3));
  CO_ASSIGN_OR_RETURN(const std::string name, token_name(given[3]));
  auto redeem = [this, &given, &name] { return login_->redeem(given[0], given[1], given[2], name); };
  CO_ASSIGN_OR_RETURN(const auto signed_in, co_await on(pool_, redeem));
  tell(request, signed_in);
  answer_json(request.exchange, 200, to_json(signed_in));
  co_return Result<>{};
}

Answer LoginApi::device(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_RETURN_IF_ERROR(admit(request.exchange, Step::start));
  const auto place = at_github_.enter(kMostAtGithub);
  if (!place) co_return too_many_at_github();
  auto ask = [this] { return login_->start_device(); };
  CO_ASSIGN_OR_RETURN(const auto offer, co_await on(github_pool_, ask));
  json::object out;
  out["device_code"] = offer.device_code;
  out["user_code"] = offer.user_code;
  out["verification_uri"] = offer.verification_uri;
  out["interval"] = offer.interval.count();
  out["expires_in"] = offer.expires_in.count();
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer LoginApi::device_token(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_RETURN_IF_ERROR(admit(request.exchange, Step::go_on));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const auto given, text_fields(body, {"device_code", "name"}, 1));
  CO_ASSIGN_OR_RETURN(const std::string name, token_name(given[1]));
  const auto place = at_github_.enter(kMostAtGithub);
  if (!place) co_return too_many_at_github();
  auto ask = [this, &given, &name] { return login_->poll_device(given[0], name); };
  CO_ASSIGN_OR_RETURN(const auto signed_in, co_await on(github_pool_, ask));
  tell(request, signed_in);
  answer_json(request.exchange, 200, to_json(signed_in));
  co_return Result<>{};
}

}  // namespace faasta::api
