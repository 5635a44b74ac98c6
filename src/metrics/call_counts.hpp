#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "metrics/histogram.hpp"

namespace faasta::metrics {

/// The counts of calls, at one moment or over a period. CallMetrics does the counting.
struct CallCounts {
  std::array<std::uint64_t, 6>
      by_class{};  ///< calls by the first digit of the status: [2] is 2xx, and so on; [0]: calls without a status
  std::uint64_t cold_starts = 0;
  std::uint64_t cold_us = 0;        ///< sum of the durations of cold starts
  std::uint64_t cold_worst_us = 0;  ///< the longest cold start
  std::uint64_t cpu_us = 0;
  std::uint64_t peak_memory_bytes = 0;
  std::uint64_t log_bytes_lost = 0;
  Durations durations;
  std::map<Code, std::uint64_t> failures;

  [[nodiscard]] std::uint64_t calls() const noexcept;
  /// Adds the counts of another period.
  CallCounts& operator+=(const CallCounts& more);
  /// Subtracts the earlier counts `before`. The two maximum values do not change.
  CallCounts& operator-=(const CallCounts& before);

  /// Convert the counts to and from the text that metrics.db stores. A text in another form gives counts of zero.
  [[nodiscard]] std::string to_stored() const;
  [[nodiscard]] static CallCounts from_stored(std::string_view text);
};

/// Adds two counts in their stored form.
[[nodiscard]] std::string add_stored(std::string_view one, std::string_view other);

}  // namespace faasta::metrics
