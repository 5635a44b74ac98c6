#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faasta::cli {

/// Returns the addresses "ip:port" of an origin on this machine, such as http://localhost:3001. Empty for any other
/// origin.
[[nodiscard]] std::vector<std::string> loopback_addresses(std::string_view origin);

}  // namespace faasta::cli
