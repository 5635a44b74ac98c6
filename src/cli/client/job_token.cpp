#include "cli/client/job_token.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <cstdlib>
#include <fstream>

#include "base/json.hpp"
#include "base/url_escape.hpp"
#include "cli/client/http_client.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string trimmed_line(std::string text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.pop_back();
  return text;
}

std::unexpected<Problem> no_job() {
  return fail_with_fix(Error{Code::not_signed_in, "--oidc is for jobs of a CI service, and this is none"},
                       "In GitHub Actions, give the job `permissions: id-token: write`. Elsewhere, set "
                       "FAASTA_OIDC_TOKEN to the token of the job");
}

}  // namespace

Outcome<std::string> job_token(const ServerUrl& server) {
  if (auto given = trimmed_line(variable("FAASTA_OIDC_TOKEN")); !given.empty()) return given;
  const std::string url = variable("ACTIONS_ID_TOKEN_REQUEST_URL");
  const std::string secret = variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  if (url.empty() || secret.empty()) return no_job();
  HttpRequest request;
  // The audience is the server that the user named, and never one that an answer names: otherwise the token could be
  // used at another server.
  request.url = url + (url.find('?') == std::string::npos ? "?" : "&") + "audience=" + url_escape(server.str());
  request.headers = {{"accept", "application/json"}, {"authorization", "Bearer " + secret}};
  constexpr int kIdleSeconds = 30;
  request.idle_timeout_seconds = kIdleSeconds;
  constexpr std::uint64_t kMost = 64U << 10U;
  const auto answer = send(request, kMost);
  if (!answer) return std::unexpected(to_problem(answer.error()));
  const auto object = parse_object(answer->body);
  if (answer->head.status != 200 || !object || text_field(*object, "value").empty())
    return fail(Code::trust_denied, fmt::format("GitHub Actions gave no token; it answered {}", answer->head.status));
  return text_field(*object, "value");
}

Outcome<ApiClient> sign_in_as_job(const ApiClient& api, std::string_view function) {
  const auto token = job_token(api.server());
  if (!token) return std::unexpected(token.error());
  const auto signed_in =
      api.without_token().post("/v1/login/oidc", {{"token", *token}, {"function", std::string(function)}});
  if (!signed_in) return std::unexpected(signed_in.error());
  return ApiClient(api.server(), text_field(*signed_in, "token"), TokenSource::option);
}

void tell_job(const boost::json::object& deployed) {
  const auto version = integer_field(deployed, "version").value_or(0);
  const std::string url = text_field(deployed, "url");
  if (url.find_first_of("\r\n") != std::string::npos) return;
  if (const std::string file = variable("GITHUB_OUTPUT"); !file.empty())
    std::ofstream(file, std::ios::app) << "url=" << url << "\nversion=" << version << "\n";
  if (const std::string file = variable("GITHUB_STEP_SUMMARY"); !file.empty())
    std::ofstream(file, std::ios::app) << fmt::format("{} version {}: {}\n", text_field(deployed, "name"), version,
                                                      url);
}

}  // namespace faasta::cli
