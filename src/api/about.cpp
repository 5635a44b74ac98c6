#include "api/about.hpp"

#include <functional>

#include "api/answer.hpp"
#include "api/openapi.hpp"
#include "api/query.hpp"
#include "base/propagate.hpp"

namespace faasta::api {

std::vector<Endpoint> AboutApi::endpoints() {
  return {
      {"GET", "/healthz", Access::open, std::bind_front(&AboutApi::healthz, this)},
      {"GET", "/readyz", Access::open, std::bind_front(&AboutApi::readyz, this)},
      {"GET", "/v1/openapi.json", Access::open, std::bind_front(&AboutApi::openapi, this)},
      {"GET", "/v1/policy", Access::any_token, std::bind_front(&AboutApi::policy, this)},
  };
}

Answer AboutApi::healthz(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  answer_json(request.exchange, 200, {{"status", "ok"}, {"version", FAASTA_VERSION}});
  co_return Result<>{};
}

Answer AboutApi::readyz(Request& request) {
  // The server is ready if the catalog answers queries. Functions answer even if their logs cannot be written, or if a
  // certificate could not be renewed.
  auto ask = [this]() -> Result<bool> {
    RETURN_IF_ERROR(parts_.accounts.has_tokens());
    return parts_.logs.is_open();
  };
  CO_ASSIGN_OR_RETURN(const bool logs_open, co_await on(parts_.pool, ask));
  json::object out{{"status", "ready"}, {"version", FAASTA_VERSION}};
  if (!logs_open) out["function_logs"] = "off";
  if (const std::string_view state = parts_.certificates(); !state.empty()) out["certificates"] = state;
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer AboutApi::openapi(Request& request) {
  // Replaces the example's address with this server's address.
  constexpr std::string_view kExample = "http://api.localhost:8080";
  std::string document(openapi_document());
  std::string own = parts_.addresses.url("api", request.exchange);
  own.pop_back();
  if (const std::size_t at = document.find(kExample); at != std::string::npos)
    document.replace(at, kExample.size(), own);
  answer_bytes(request.exchange, 200, "application/json", document);
  co_return Result<>{};
}

Answer AboutApi::policy(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  answer_json(request.exchange, 200, policy::to_json(policy_));
  co_return Result<>{};
}

}  // namespace faasta::api
