#pragma once

#include <string>

#include "base/error.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// Tells the single owner how to sign in to the server at `public_url` or, if that is empty, by http at `address`.
/// Writes this to the log at each start. If the token was just made, also writes it to stdout, with the token. Fails
/// with io_error if the token cannot be read.
[[nodiscard]] Result<> tell_owner(const Config& config, const std::string& public_url, const std::string& address,
                                  bool token_made);

}  // namespace faasta::server
