#pragma once
// Checks a project before it is built, so that the user does not wait for a build that the server would refuse.

#include <functional>
#include <string_view>

#include "base/limits.hpp"
#include "cli/client/api_client.hpp"
#include "cli/project/project_file.hpp"

namespace faasta::cli {

/// Fails with project_invalid and "faasta.toml:LINE:COLUMN: ..." if a key of [limits] is above its ceiling. `whose`:
/// names the program or person that sets the ceilings, for the error text: "the server".
[[nodiscard]] Result<> check_limits(const Project& project, const CallLimits& ceilings, std::string_view whose);

/// Checks the function `name` and its project, which may be null, before a build.
using CheckProject = std::function<Outcome<>(const FunctionName& name, const Project* project)>;
/// Returns a check against the server's ceilings and reserved names. If the token is not valid, the check fails with
/// the server's error.
[[nodiscard]] CheckProject check_by_server(const ApiClient& api);
/// Fails with secret_missing if the server does not have all secrets that the project requires. The server checks this
/// again at the deploy; other problems of this question are left to the deploy.
[[nodiscard]] Outcome<> check_secrets(const ApiClient& api, const FunctionName& name, const Project& project);
/// Checks against the ceilings of a server with default configuration, such as the server of `faasta run`.
[[nodiscard]] Outcome<> check_by_defaults(const FunctionName& name, const Project* project);

}  // namespace faasta::cli
