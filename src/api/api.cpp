#include "api/api.hpp"

#include <algorithm>
#include <array>

#include "api/access.hpp"
#include "api/answer.hpp"
#include "api/openapi.hpp"
#include "api/query.hpp"
#include "base/cut.hpp"
#include "http/problem.hpp"

namespace faasta::api {
namespace {

struct Route {
  std::string_view method;
  std::string_view path;  ///< "{...}" stands for one segment
  Api::Answer (Api::*handler)(Api::Request&);
  Access access;
  bool takes_head = true;  ///< HEAD does what GET does, where that changes nothing
};

constexpr std::array kRoutes = {
    Route{"GET", "/healthz", &Api::healthz, Access::open},
    Route{"GET", "/readyz", &Api::readyz, Access::open},
    Route{"GET", "/v1/openapi.json", &Api::openapi, Access::open},
    Route{"GET", "/v1/login", &Api::login_offer, Access::open},
    Route{"GET", "/v1/login/start", &Api::login_start, Access::open, false},
    Route{"GET", "/v1/login/callback", &Api::login_callback, Access::open, false},
    Route{"POST", "/v1/login/token", &Api::login_token, Access::open},
    Route{"POST", "/v1/login/device", &Api::login_device, Access::open},
    Route{"POST", "/v1/login/device/token", &Api::login_device_token, Access::open},
    Route{"GET", "/v1/me", &Api::me, Access::any_token},
    Route{"GET", "/v1/policy", &Api::policy, Access::any_token},
    Route{"GET", "/v1/tokens", &Api::tokens, Access::admin},
    Route{"POST", "/v1/tokens", &Api::create_token, Access::admin},
    Route{"DELETE", "/v1/tokens/current", &Api::revoke_current_token, Access::any_token},
    Route{"DELETE", "/v1/tokens/{id}", &Api::revoke_token, Access::admin},
    Route{"GET", "/v1/functions", &Api::list, Access::any_token},
    Route{"GET", "/v1/functions/{name}", &Api::status, Access::read_function},
    Route{"DELETE", "/v1/functions/{name}", &Api::remove, Access::admin},
    Route{"GET", "/v1/functions/{name}/versions", &Api::versions, Access::read_function},
    Route{"POST", "/v1/functions/{name}/versions", &Api::deploy, Access::deploy_function},
    Route{"POST", "/v1/functions/{name}/rollback", &Api::roll_back, Access::deploy_function},
    Route{"GET", "/v1/functions/{name}/logs", &Api::logs, Access::read_function},
    Route{"GET", "/v1/functions/{name}/metrics", &Api::function_metrics, Access::read_function},
};

bool takes(const Route& route, std::string_view method) {
  return method == route.method || (method == "HEAD" && route.method == "GET" && route.takes_head);
}

/// Adds a method to the value of an `allow` field, unless it is there.
void add_method(std::string& allow, std::string_view method) {
  for (std::string_view rest = allow; !rest.empty();)
    if (http::trimmed(cut(rest, ',')) == method) return;
  allow += (allow.empty() ? "" : ", ") + std::string(method);
}

void add_methods(std::string& allow, const Route& route) {
  add_method(allow, route.method);
  if (takes(route, "HEAD")) add_method(allow, "HEAD");
}

/// Whether `path` has the form of `pattern`; what stands for {...} goes to `name`.
bool matches(std::string_view pattern, std::string_view path, std::string_view& name) {
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = cut(pattern, '/');
    const std::string_view found = cut(path, '/');
    if (expected.starts_with('{')) {
      name = found;
    } else if (expected != found) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

Api::Api(Parts parts, Addresses addresses, ApiOptions options)
    : parts_(std::move(parts)), addresses_(std::move(addresses)), options_(std::move(options)) {}

Task<> Api::serve(http::Exchange& exchange) {
  const Result<> answered = co_await dispatch(exchange);
  if (!answered && !exchange.head_sent()) answer_error(exchange, answered.error());
  if (!answered && exchange.head_sent() && !exchange.ended()) exchange.abort();
}

Task<Result<>> Api::dispatch(http::Exchange& exchange) {
  const std::string_view method = exchange.request().method;
  std::string_view rest = exchange.request().target;
  const std::string_view path = cut(rest, '?');
  std::string allow;
  for (const Route& route : kRoutes) {
    std::string_view name;
    if (path != "*" && !matches(route.path, path, name)) continue;
    if (path == "*" || !takes(route, method)) {
      add_methods(allow, route);
      continue;
    }
    Request request{exchange, rest, std::string(name)};
    if (route.access != Access::open) {
      if (auto who = co_await authenticate(request); !who) co_return std::unexpected(who.error());
      if (auto may = check_access(route.access, request.scopes, name); !may) co_return std::unexpected(may.error());
    }
    Result<> answered = co_await (this->*route.handler)(request);
    co_return answered;
  }
  const std::string shown(path.substr(0, 200));
  if (allow.empty()) co_return fail(Code::unknown_route, shown);
  add_method(allow, "OPTIONS");
  const std::span more(&kApiField, 1);
  if (method == "OPTIONS") {
    http::answer_options(exchange, allow, more);
  } else {
    http::answer_problem(exchange, http::MethodNotAllowed{allow, shown + " takes " + allow}, http::Reader::owner, more);
  }
  co_return Result<>{};
}

Api::Answer Api::healthz(Request& request) {
  if (auto query = Query::parse(request.query, {}); !query) co_return std::unexpected(query.error());
  answer_json(request.exchange, 200, {{"status", "ok"}, {"version", FAASTA_VERSION}});
  co_return Result<>{};
}

Api::Answer Api::readyz(Request& request) {
  // Ready means that the catalog answers; functions answer without their logs too.
  auto ask = [this]() -> Result<bool> {
    if (auto answered = parts_.accounts.has_tokens(); !answered) return answered;
    return parts_.logs.is_open();
  };
  const auto logs_open = co_await on(blocking_, ask);
  if (!logs_open) co_return std::unexpected(logs_open.error());
  json::object out{{"status", "ready"}, {"version", FAASTA_VERSION}};
  if (!*logs_open) out["function_logs"] = "off";
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Api::Answer Api::openapi(Request& request) {
  // With this server's own address in place of the example's.
  constexpr std::string_view kExample = "http://api.localhost:8080";
  std::string document(openapi_document());
  std::string own = addresses_.url("api", request.exchange);
  own.pop_back();
  if (const std::size_t at = document.find(kExample); at != std::string::npos)
    document.replace(at, kExample.size(), own);
  answer_bytes(request.exchange, 200, "application/json", document);
  co_return Result<>{};
}

}  // namespace faasta::api
