#pragma once

#include "base/function_name.hpp"
#include "cli/client/api_client.hpp"
#include "cli/project/project_file.hpp"
#include "cli/terminal/output.hpp"

namespace faasta::cli {

/// Uploads the static files of a project that the server does not have. Returns the digest of their manifest, which the
/// deploy must name.
[[nodiscard]] Outcome<Sha256> upload_assets(const ApiClient& api, const FunctionName& name, const Project& project,
                                            Output& output);

}  // namespace faasta::cli
