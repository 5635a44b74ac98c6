#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// The resources of the machine that one process may use.
struct Machine {
  std::uint64_t mappings = 65'530;    ///< vm.max_map_count
  std::uint64_t descriptors = 1'024;  ///< RLIMIT_NOFILE
  /// address space in bytes: the least of RLIMIT_AS, the addressable space and, if vm.overcommit_memory is 2, the
  /// memory that the kernel may still commit; minus the space that is already used
  std::uint64_t address_bytes = 1ULL << 47U;
  std::uint64_t memory_bytes = 4ULL << 30U;  ///< memory of the machine, or the limit of the control group
  unsigned cores = 1;

  /// Raises the limit of descriptors as far as the system allows, and then reads the values from the kernel.
  [[nodiscard]] static Machine here();
};

/// The most resources of the machine that the server will use.
struct MachineLimits {
  std::uint32_t slots = 0;           ///< for calls that have a place
  std::uint32_t waiting_bodies = 0;  ///< calls that wait for their bodies without a place; each has a slot of its own
  std::uint32_t connections = 0;
  std::uint64_t components = 0;      ///< loaded components at a time
  std::uint64_t memory_bytes = 0;    ///< memory for all calls together
  unsigned compiles = 1;             ///< compiles of deploys at a time
  std::uint64_t child_bytes = 0;     ///< most private memory of one compile child
  std::vector<std::string> lowered;  ///< settings that were lowered for this machine, each with the reason
};

/// Divides the machine's resources. Fails with config_invalid if the resources are too small to serve any request; the
/// error names the setting.
[[nodiscard]] Result<MachineLimits> share(const Machine& machine, const Config& config);

/// Logs the machine's resources and how much of each the server will use.
void log_limits(const Machine& machine, const MachineLimits& limits);

}  // namespace faasta::server
