#pragma once

#include <cstdint>

namespace faasta::server {

/// The resources that this process uses: the same figures that Prometheus' client libraries export for a process.
struct ProcessFigures {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t most_descriptors = 0;
  std::uint64_t threads = 0;
  double start_seconds = 0;  ///< in seconds since 1970

  /// Reads /proc. A value that cannot be read is 0.
  [[nodiscard]] static ProcessFigures here();
};

}  // namespace faasta::server
