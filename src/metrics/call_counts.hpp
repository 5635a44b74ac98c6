#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "metrics/histogram.hpp"

namespace faasta::metrics {

/// Counts of calls at one moment, or of a span of time. CallMetrics is what counts.
struct CallCounts {
  std::array<std::uint64_t, 6> by_class{};  ///< [2]: 2xx and so on; [0]: no status
  std::uint64_t cold_starts = 0;
  std::uint64_t cold_us = 0;        ///< the durations of the cold starts, summed
  std::uint64_t cold_worst_us = 0;  ///< the longest
  std::uint64_t cpu_us = 0;
  std::uint64_t peak_memory_bytes = 0;
  std::uint64_t log_bytes_lost = 0;
  Durations durations;
  std::map<Code, std::uint64_t> failures;

  [[nodiscard]] std::uint64_t calls() const noexcept;
  /// The counts of two spans together.
  CallCounts& operator+=(const CallCounts& more);
  /// Takes away what had been counted `before`; the two highest values stay.
  CallCounts& operator-=(const CallCounts& before);

  /// As metrics.db keeps them; text that is not of that form counts nothing.
  [[nodiscard]] std::string to_stored() const;
  [[nodiscard]] static CallCounts from_stored(std::string_view text);
};

/// The stored form of two stored counts together.
[[nodiscard]] std::string add_stored(std::string_view one, std::string_view other);

}  // namespace faasta::metrics
