#include "http/problem.hpp"

#include "base/json.hpp"

namespace faasta::http {

std::string problem_json(const Error& error, std::string_view request_id) {
  const CodeInfo& code = info(error.code);
  json::object problem;
  problem["type"] = "urn:faasta:error:" + std::string(code.name);
  problem["title"] = code.title;
  problem["status"] = code.status;
  problem["code"] = code.id;
  problem["detail"] = valid_utf8(error.detail);
  problem["fix"] = error.advice();
  problem["request_id"] = request_id;
  return json::serialize(problem) + "\n";
}

void answer_problem(Exchange& exchange, const Error& error) {
  const std::string body = problem_json(error, exchange.request_id());
  const std::string length = std::to_string(body.size());
  const std::string seconds = std::to_string(error.retry_after.count());
  std::vector<FieldView> fields = {{"content-type", "application/problem+json"},
                                   {"content-length", length},
                                   {"cache-control", "no-store"},
                                   {"x-faasta-error", info(error.code).name}};
  // RFC 9110 section 15.5.6. Whatever the address, these are not refused before it is looked at.
  if (error.code == Code::http_method) fields.push_back({"allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"});
  if (error.retry_after.count() > 0) fields.push_back({"retry-after", seconds});
  exchange.head(info(error.code).status, fields);
  exchange.data(body);
  exchange.finish({});
}

}  // namespace faasta::http
