#include "api/api.hpp"

#include <algorithm>
#include <array>

#include "api/answer.hpp"
#include "api/openapi.hpp"
#include "api/query.hpp"

namespace faasta::api {
namespace {

constexpr std::chrono::seconds kBodyPatience{30};

struct Route {
  std::string_view method;
  std::string_view path;  ///< "{name}" stands for one segment
  Api::Answer (Api::*handler)(Api::Request&);
  bool open = false;  ///< needs no token
};

constexpr std::array kRoutes = {
    Route{"GET", "/healthz", &Api::healthz, true},
    Route{"GET", "/readyz", &Api::readyz, true},
    Route{"GET", "/v1/openapi.json", &Api::openapi, true},
    Route{"GET", "/v1/me", &Api::me},
    Route{"GET", "/v1/functions", &Api::list},
    Route{"GET", "/v1/functions/{name}", &Api::status},
    Route{"DELETE", "/v1/functions/{name}", &Api::remove},
    Route{"GET", "/v1/functions/{name}/versions", &Api::versions},
    Route{"POST", "/v1/functions/{name}/versions", &Api::deploy},
    Route{"POST", "/v1/functions/{name}/rollback", &Api::roll_back},
    Route{"GET", "/v1/functions/{name}/logs", &Api::logs},
    Route{"GET", "/v1/functions/{name}/metrics", &Api::function_metrics},
};

std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

/// Whether `path` has the form of `pattern`; what stands for {name} goes to `name`.
bool matches(std::string_view pattern, std::string_view path, std::string_view& name) {
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = cut(pattern, '/');
    const std::string_view found = cut(path, '/');
    if (expected == "{name}") {
      name = found;
    } else if (expected != found) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

Api::Api(Parts parts, ApiOptions options)
    : parts_(std::move(parts)), options_(std::move(options)), compiling_(options_.compiles_at_once) {}

std::string Api::authority(std::string_view label) const {
  return std::string(label) + "." + options_.base_domain + options_.public_port;
}

std::string Api::url(std::string_view label) const { return options_.public_scheme + "://" + authority(label) + "/"; }

Task<> Api::serve(http::Exchange& exchange) {
  const Result<> answered = co_await dispatch(exchange);
  if (!answered && !exchange.head_sent()) answer_error(exchange, answered.error());
  if (!answered && exchange.head_sent() && !exchange.ended()) exchange.abort();
}

Task<Result<>> Api::dispatch(http::Exchange& exchange) {
  std::string_view rest = exchange.request().target;
  const std::string_view path = cut(rest, '?');
  std::string allowed;
  for (const Route& route : kRoutes) {
    std::string_view name;
    if (!matches(route.path, path, name)) continue;
    const bool head_of_get = exchange.request().method == "HEAD" && route.method == "GET";
    if (exchange.request().method != route.method && !head_of_get) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
      continue;
    }
    Request request{exchange, rest, std::string(name), {}};
    if (!route.open) {
      const auto owner = co_await authenticate(exchange);
      if (!owner) co_return std::unexpected(owner.error());
      request.owner = *owner;
    }
    Result<> answered = co_await (this->*route.handler)(request);
    co_return answered;
  }
  const std::string shown(path.substr(0, 200));
  if (!allowed.empty()) {
    answer_error(exchange, Error{Code::method_not_allowed, shown + " takes " + allowed}, allowed);
    co_return Result<>{};
  }
  co_return fail(Code::unknown_route, shown);
}

Task<Result<OwnerId>> Api::authenticate(http::Exchange& exchange) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto field = exchange.request().field("authorization");
  if (!field) co_return fail(Code::not_signed_in, "there is no authorization field");
  if (field->size() <= kBearer.size() || !http::same_token(field->substr(0, kBearer.size()), kBearer)) {
    co_return fail(Code::not_signed_in, "the authorization field is not 'Bearer TOKEN'");
  }
  const Sha256 hash = sha256(field->substr(kBearer.size()));
  auto look_up = [this, hash] { return parts_.catalog.token_owner(hash); };
  const auto owner = co_await on(blocking_, look_up);
  if (!owner) co_return std::unexpected(owner.error());
  if (!*owner) co_return fail(Code::not_signed_in, "the token is unknown, expired or revoked");
  co_return **owner;
}

Task<Result<std::string>> Api::read_body(http::Exchange& exchange, std::uint64_t most) {
  std::string out;
  exchange.limit_body(most);
  exchange.set_deadline(std::chrono::steady_clock::now() + kBodyPatience);
  for (;;) {
    const http::BodyPart part = exchange.body();
    switch (part.kind) {
      case http::BodyPart::Kind::data:
        out += part.data;
        break;
      case http::BodyPart::Kind::end:
        co_return out;
      case http::BodyPart::Kind::broken:
        co_return fail(Code::body_incomplete);
      case http::BodyPart::Kind::too_large:
        co_return fail(Code::body_too_large, "more than " + std::to_string(most) + " bytes");
      case http::BodyPart::Kind::pending:
        if (exchange.deadline_passed()) co_return fail(Code::http_timeout, "the body did not arrive in time");
        if (exchange.queued() > 0) {
          static_cast<void>(co_await exchange.flush());
        } else {
          co_await exchange.wait();
        }
    }
  }
}

Api::Answer Api::healthz(Request& request) {
  if (auto query = Query::parse(request.query, {}); !query) co_return std::unexpected(query.error());
  answer_json(request.exchange, 200, {{"status", "ok"}, {"version", FAASTA_VERSION}});
  co_return Result<>{};
}

Api::Answer Api::readyz(Request& request) {
  // Ready means that the catalog answers; everything else was checked at the start.
  auto ask = [this] { return parts_.catalog.has_tokens(); };
  const auto answered = co_await on(blocking_, ask);
  if (!answered) co_return std::unexpected(answered.error());
  answer_json(request.exchange, 200, {{"status", "ready"}, {"version", FAASTA_VERSION}});
  co_return Result<>{};
}

Api::Answer Api::openapi(Request& request) {
  answer_bytes(request.exchange, 200, "application/json", openapi_document());
  co_return Result<>{};
}

Api::Answer Api::me(Request& request) {
  json::object owner{{"id", static_cast<std::int64_t>(request.owner)}, {"login", "owner"}};
  answer_json(request.exchange, 200, {{"owner", std::move(owner)}, {"mode", "single-owner"}});
  co_return Result<>{};
}

}  // namespace faasta::api
