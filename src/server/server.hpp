#pragma once

#include "base/error.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// Serves until SIGTERM or SIGINT, then waits up to 30 s for the calls under way.
[[nodiscard]] Result<> serve(const Config& config);

}  // namespace faasta::server
