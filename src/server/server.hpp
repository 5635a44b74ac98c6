#pragma once

#include "base/error.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// Serves until SIGTERM or SIGINT, then lets the calls under way finish for 30 s at most.
[[nodiscard]] Result<> serve(const Config& config);

}  // namespace faasta::server
