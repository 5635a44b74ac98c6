#pragma once

#include <string>

#include "cli/client/api_client.hpp"

namespace faasta::cli {

/// Returns a token of the CI service that says which job this is, for the server with this URL: FAASTA_OIDC_TOKEN, or a
/// new token of GitHub Actions.
[[nodiscard]] Outcome<std::string> job_token(const ServerUrl& server);

/// Signs in as a CI job. Returns a client that may deploy the function for 15 minutes.
[[nodiscard]] Outcome<ApiClient> sign_in_as_job(const ApiClient& api, std::string_view function);

/// Tells later steps of the GitHub job the result of a deploy: the outputs `url` and `version`, and a line of the
/// summary. Does nothing elsewhere.
void tell_job(const boost::json::object& deployed);

}  // namespace faasta::cli
