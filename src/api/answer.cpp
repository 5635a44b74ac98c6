#include "api/answer.hpp"

#include "base/log.hpp"
#include "http/problem.hpp"

namespace faasta::api {

void answer_bytes(http::Exchange& exchange, std::uint16_t status, std::string_view type, std::string_view body) {
  const std::string length = std::to_string(body.size());
  const FieldView fields[] = {
      {"content-type", type}, {"content-length", length}, {"cache-control", "no-store"}, kApiField};
  exchange.head(status, fields);
  exchange.data(body);
  exchange.finish({});
}

void answer_json(http::Exchange& exchange, std::uint16_t status, const json::object& body) {
  answer_json_text(exchange, status, to_text(body));
}

void answer_json_text(http::Exchange& exchange, std::uint16_t status, std::string_view text) {
  answer_bytes(exchange, status, "application/json", std::string(text) + "\n");
}

void answer_error(http::Exchange& exchange, Error error) {
  const CodeInfo& code = info(error.code);
  if (error.code == Code::github_unreachable || error.code == Code::github_refused) {
    error.detail.clear();  // a failure of another server; the cause is already in the log
  } else if (code.status >= 500 && error.code != Code::disk_full && error.code != Code::domain_tls &&
             error.code != Code::issuer_unreachable) {
    log::error("api_failed", {{"request_id", exchange.request_id()}, {"code", code.name}, {"cause", error.detail}});
    error = Error{Code::internal_error, {}};
  }
  http::answer_problem(exchange, error, http::Reader::owner, std::span(&kApiField, 1));
}

}  // namespace faasta::api
