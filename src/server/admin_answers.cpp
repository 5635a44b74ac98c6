#include "server/admin_answers.hpp"

#include <string>

#include "http/problem.hpp"

namespace faasta::server {

void answer_admin(http::Exchange& exchange, const PrometheusSources& sources) {
  constexpr std::string_view kMethods = "GET, HEAD";
  const http::RequestHead& request = exchange.request();
  if (request.target != "/metrics")
    return http::answer_problem(exchange, Error{Code::page_not_found, "the admin listener has /metrics only"});
  if (request.method != "GET" && request.method != "HEAD")
    return http::answer_problem(exchange, http::MethodNotAllowed{kMethods, "/metrics takes GET"});
  const std::string text = prometheus_text(sources);
  const std::string length = std::to_string(text.size());
  const FieldView fields[] = {
      {"content-type", "text/plain; version=0.0.4"}, {"content-length", length}, {"cache-control", "no-store"}};
  exchange.head(200, fields);
  exchange.data(text);
  exchange.finish({});
}

}  // namespace faasta::server
