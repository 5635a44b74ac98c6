#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// What the machine lets one process have.
struct Machine {
  std::uint64_t mappings = 65'530;            ///< vm.max_map_count
  std::uint64_t descriptors = 1'024;          ///< RLIMIT_NOFILE
  std::uint64_t address_bytes = 1ULL << 47U;  ///< RLIMIT_AS, what can be addressed, and what may still be promised if
                                              ///< vm.overcommit_memory is 2; less what is used already
  std::uint64_t memory_bytes = 4ULL << 30U;   ///< of the machine, or what its control group may have

  /// Asks the kernel. Raises the limit of descriptors as far as it may first.
  [[nodiscard]] static Machine here();
};

/// What the server will use of it at most.
struct MachineLimits {
  std::uint32_t slots = 0;
  std::uint32_t connections = 0;
  std::uint64_t components = 0;      ///< loaded at once
  std::uint64_t memory_bytes = 0;    ///< of all calls together
  std::vector<std::string> lowered;  ///< what the configuration asked for and does not get, and why
};

/// Shares the machine out. Fails with config_invalid, naming the setting, where too little is left to serve with.
[[nodiscard]] Result<MachineLimits> share(const Machine& machine, const Config& config);

/// What the server will use at most, of what the machine has.
void log_limits(const Machine& machine, const MachineLimits& limits);

}  // namespace faasta::server
