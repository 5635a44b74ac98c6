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
  answer_bytes(exchange, status, "application/json", to_text(body) + "\n");
}

void answer_error(http::Exchange& exchange, Error error, std::string_view allow) {
  const CodeInfo& code = info(error.code);
  if (error.code == Code::github_unreachable || error.code == Code::github_refused) {
    error.detail.clear();  // not our failure; the log has the cause already
  } else if (code.status >= 500 && error.code != Code::disk_full) {
    log::error("api_failed", {{"request_id", exchange.request_id()}, {"code", code.name}, {"cause", error.detail}});
    error = Error{Code::internal_error, {}};
  }
  const std::string body = http::problem_json(error, exchange.request_id());
  const std::string length = std::to_string(body.size());
  std::vector<FieldView> fields = {{"content-type", "application/problem+json"},
                                   {"content-length", length},
                                   {"cache-control", "no-store"},
                                   kApiField};
  if (error.code == Code::not_signed_in) fields.push_back({"www-authenticate", "Bearer"});
  if (!allow.empty()) fields.push_back({"allow", allow});
  const std::string seconds = std::to_string(error.retry_after.count());
  if (error.retry_after.count() > 0) fields.push_back({"retry-after", seconds});
  exchange.head(info(error.code).status, fields);
  exchange.data(body);
  exchange.finish({});
}

}  // namespace faasta::api
