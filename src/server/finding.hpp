#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace faasta::server {

/// What `faastad doctor` and `faastad check-config` report about one thing. `faasta doctor` prints the same form.
struct Finding {
  enum class Level : std::uint8_t { good, warning, fault };
  std::string about;  ///< "settings", "data", "machine", "network", "certificates", "backup"
  Level level = Level::good;
  std::string says;
  std::string why{};  ///< why it matters; empty if the level is good
  std::string fix{};  ///< a line to type, or a sentence; empty if the level is good
};
using Findings = std::vector<Finding>;

}  // namespace faasta::server
