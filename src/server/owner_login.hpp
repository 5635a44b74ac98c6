#pragma once

#include <string>

#include "base/error.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// Tells the single owner how to sign in to the server at `public_url`. If `public_url` is empty, the server is reached
/// by http at `address`. Writes the instructions to the log. If the token was just made, also writes the instructions
/// and the token to stdout. Fails with io_error if the token cannot be read.
[[nodiscard]] Result<> tell_owner(const Config& config, const std::string& public_url, const std::string& address,
                                  bool token_made);

/// Logs how people sign in with GitHub, and warns if their tokens cross the network without encryption.
void tell_github_login(const Config& config, const std::string& callback, bool is_https);

}  // namespace faasta::server
