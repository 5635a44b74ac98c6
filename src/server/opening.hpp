#pragma once

#include <atomic>
#include <cstdint>

#include "base/error.hpp"
#include "http/opening.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// What stands between a client of the main listener and its first request. `refused` counts the peers that did not
/// begin with the PROXY header that they should have sent.
[[nodiscard]] Result<http::Open> opening_of(const Config& config, std::atomic<std::uint64_t>& refused);

}  // namespace faasta::server
