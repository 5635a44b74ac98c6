#include "http/problem.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/json.hpp"
#include "http/page.hpp"

namespace faasta::http {
namespace {

/// Every function accepts these methods. Requests with other methods are refused before the address is read.
constexpr std::string_view kFunctionMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

std::string problem_json(const Error& error, std::string_view request_id, Reader reader) {
  const CodeInfo& code = info(error.code);
  json::object problem;
  problem["type"] = "urn:faasta:error:" + std::string(code.name);
  problem["title"] = code.title;
  problem["status"] = code.status;
  problem["code"] = code.id;
  problem["detail"] = valid_utf8(error.detail);
  if (reader == Reader::owner) problem["fix"] = error.advice();
  problem["request_id"] = request_id;
  return json::serialize(problem) + "\n";
}

Html problem_page(const Error& error, std::string_view request_id) {
  const CodeInfo& code = info(error.code);
  Html body;
  body << "<h1>" << code.title << "</h1>\n";
  if (!error.detail.empty()) body << "<p>" << error.detail << "</p>\n";
  body << "<p><small>" << code.id << ", request " << request_id << "</small></p>\n";
  return small_page(code.title, body);
}

/// RFC 6750 section 3: if the request had a token, the challenge states that the token is invalid.
std::string_view challenge(const RequestHead& request) {
  return request.field("authorization") ? R"(Bearer realm="faasta", error="invalid_token")"
                                        : R"(Bearer realm="faasta")";
}

void answer(Exchange& exchange, const Error& error, std::string_view allow, Reader reader,
            std::span<const FieldView> more) {
  const CodeInfo& code = info(error.code);
  const std::string seconds = std::to_string(error.retry_after.count());
  std::vector<FieldView> fields(more.begin(), more.end());
  // The fields that the status requires (RFC 9110 sections 15.5.2 and 15.5.6), and when to try again.
  if (code.status == 401) fields.push_back({"www-authenticate", challenge(exchange.request())});
  if (!allow.empty()) fields.push_back({"allow", allow});
  if (error.retry_after.count() > 0) fields.push_back({"retry-after", seconds});
  if (reader == Reader::caller) {
    fields.push_back({"x-faasta-error", code.name});
    fields.push_back({"vary", "accept"});
    if (wants_page(exchange.request()))
      return answer_page(exchange, code.status, fields, problem_page(error, exchange.request_id()));
  }
  const std::string body = problem_json(error, exchange.request_id(), reader);
  const std::string length = std::to_string(body.size());
  fields.push_back({"content-type", "application/problem+json"});
  fields.push_back({"content-length", length});
  fields.push_back({"cache-control", "no-store"});
  exchange.head(code.status, fields);
  exchange.data(body);
  exchange.finish({});
}

}  // namespace

void answer_problem(Exchange& exchange, const Error& error, Reader reader, std::span<const FieldView> more) {
  answer(exchange, error, error.code == Code::http_method ? kFunctionMethods : std::string_view(), reader, more);
}

void answer_problem(Exchange& exchange, const MethodNotAllowed& error, Reader reader, std::span<const FieldView> more) {
  answer(exchange, Error{Code::method_not_allowed, error.detail}, error.allow, reader, more);
}

void answer_options(Exchange& exchange, std::string_view allow, std::span<const FieldView> more) {
  std::vector<FieldView> fields(more.begin(), more.end());
  fields.push_back({"allow", allow});
  fields.push_back({"cache-control", "no-store"});
  exchange.head(204, fields);
  exchange.finish({});
}

}  // namespace faasta::http
