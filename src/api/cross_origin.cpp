#include "api/cross_origin.hpp"

#include <algorithm>

namespace faasta::api {
namespace {

/// How long a browser may keep the answer to its question, in seconds.
constexpr std::string_view kMaxAge = "600";

}  // namespace

std::string_view CrossOrigins::of(const http::Exchange& exchange) const {
  const auto origin = exchange.request().field("origin");
  if (!origin) return {};
  const auto found = std::ranges::find(origins_, *origin);
  return found == origins_.end() ? std::string_view() : std::string_view(*found);
}

bool CrossOrigins::answers_preflight(http::Exchange& exchange) const {
  const http::RequestHead& request = exchange.request();
  if (request.method != "OPTIONS" || !request.field("access-control-request-method")) return false;
  const std::string_view origin = of(exchange);
  if (origin.empty()) return false;
  CrossOriginExchange answer(exchange, origin);
  const FieldView fields[] = {{"access-control-allow-methods", "GET, HEAD, POST, PUT, DELETE"},
                              {"access-control-allow-headers", "authorization, content-type, accept"},
                              {"access-control-max-age", kMaxAge},
                              {"cache-control", "no-store"}};
  answer.head(204, fields);
  answer.finish({});
  return true;
}

void CrossOriginExchange::head(std::uint16_t status, std::span<const FieldView> fields) {
  std::vector<FieldView> all(fields.begin(), fields.end());
  all.push_back({"access-control-allow-origin", origin_});
  all.push_back({"access-control-expose-headers", "retry-after, x-request-id, faasta-api"});
  all.push_back({"vary", "origin"});
  inner_.head(status, all);
}

}  // namespace faasta::api
