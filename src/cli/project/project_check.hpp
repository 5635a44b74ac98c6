#pragma once
// What a project asks for, judged before anything is built: the server would refuse it afterwards.

#include <functional>
#include <string_view>

#include "base/limits.hpp"
#include "cli/client/api_client.hpp"
#include "cli/project/project_file.hpp"

namespace faasta::cli {

/// Fails with project_invalid and "faasta.toml:LINE:COLUMN: ..." at a key of [limits] above its ceiling. `whose`: who
/// has the ceilings, such as "the server".
[[nodiscard]] Result<> check_limits(const Project& project, const CallLimits& ceilings, std::string_view whose);

/// Judges the function `name` and its project, which may be null, before anything is built.
using CheckProject = std::function<Outcome<>(const FunctionName& name, const Project* project)>;
/// By the server's ceilings and reserved names. Fails as the server does if the token is not good.
[[nodiscard]] CheckProject check_by_server(const ApiClient& api);
/// By the ceilings of a server that nobody has configured, as the one of `faasta run`.
[[nodiscard]] Outcome<> check_by_defaults(const FunctionName& name, const Project* project);

}  // namespace faasta::cli
