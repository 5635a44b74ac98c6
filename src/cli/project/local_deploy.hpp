#pragma once

#include <string>
#include <vector>

#include "base/environment.hpp"
#include "cli/client/api_client.hpp"
#include "cli/client/private_server.hpp"
#include "cli/project/deployment.hpp"
#include "cli/terminal/output.hpp"

namespace faasta::cli {

/// Returns the client of the API of a private server.
[[nodiscard]] Outcome<ApiClient> client_of(const PrivateServer& server);
/// Returns the addresses of the declared origins that are on this machine. A server allows requests to these origins
/// only if its operator allows them.
[[nodiscard]] std::vector<std::string> local_addresses(const std::vector<std::string>& origins);
/// Gives the deployment the local values of its variables, and returns those of its secrets. A required secret without
/// a local value is a warning here, because the developer may want to try the function without it.
[[nodiscard]] Outcome<Variables> take_local_values(Deployment& deployment, Output& output);
/// Sets the secrets of the function. Does nothing if there are none.
[[nodiscard]] Outcome<> set_secrets(const ApiClient& api, const FunctionName& name, const Variables& secrets);

}  // namespace faasta::cli
