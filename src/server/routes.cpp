#include "server/routes.hpp"

#include <utility>

#include "api/answer.hpp"
#include "gateway/address.hpp"
#include "http/problem.hpp"

namespace faasta::server {

void Routes::prefetch(std::string_view server_name, const http::Client& client) {
  const gateway::Address to = parts_.domains.address_of(server_name);
  if (to.kind == gateway::Address::Kind::function) parts_.gateway.prefetch(to.name, to.label, client);
}

Task<> Routes::serve(http::Exchange& exchange) {
  if (const auto wait = parts_.edge.above_rate(exchange)) {
    http::answer_problem(exchange, Error{Code::client_rate, {}, *wait});
    co_return;
  }
  if (parts_.edge.answers_proof(exchange)) co_return;
  if (Edge::is_misdirected(exchange)) {
    http::answer_problem(exchange, Error{Code::misdirected, "the certificate of this connection is for other hosts"});
    co_return;
  }
  gateway::Address to = parts_.domains.address_of(exchange.request().host);
  if (parts_.edge.redirects(exchange) &&
      (to.kind != gateway::Address::Kind::function || parts_.gateway.has(to.name, to.label)) &&
      to.kind != gateway::Address::Kind::unknown && to.kind != gateway::Address::Kind::foreign) {
    parts_.edge.answer_redirect(exchange, parts_.listener->address(1));
    co_return;
  }
  const bool nobodys = to.kind != gateway::Address::Kind::function && to.kind != gateway::Address::Kind::api;
  if (nobodys && !parts_.config.default_function.empty()) {
    co_await parts_.gateway.serve(exchange, parts_.config.default_function, {});
    co_return;
  }
  switch (to.kind) {
    case gateway::Address::Kind::function:
      co_await parts_.gateway.serve(exchange, std::move(to.name), std::move(to.label));
      break;
    case gateway::Address::Kind::api:
      co_await parts_.api->serve(exchange);
      break;
    case gateway::Address::Kind::apex:
      co_await parts_.dashboard->serve(exchange);
      break;
    case gateway::Address::Kind::unknown:
      http::answer_problem(exchange, Error{Code::unknown_host, {}});
      break;
    // This server must not answer for that host (RFC 9110 section 15.5.20).
    case gateway::Address::Kind::foreign:
      // The answer has the field of the API. So the CLI can distinguish a wrong address from a different server.
      api::answer_error(exchange,
                        Error{Code::misdirected, "this server's base domain is " + parts_.config.base_domain});
      break;
  }
}

}  // namespace faasta::server
