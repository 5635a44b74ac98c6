#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "base/error.hpp"
#include "metrics/call_counts.hpp"
#include "metrics/histogram.hpp"

namespace faasta::metrics {

/// How the time of a call was spent, in microseconds, up to the end of its answer.
struct Phases {
  std::uint64_t queue = 0;  ///< from the first byte read until the call is admitted: parsing, looking up, waiting
  std::uint64_t load = 0;   ///< loading the code
  std::uint64_t instantiate = 0;
  std::uint64_t guest = 0;  ///< the remaining time: the guest runs and its answer is written
};

/// The result of one call.
struct CallRecord {
  std::uint16_t status = 0;       ///< 0: the client left before there was a status
  std::optional<Code> failure;    ///< why the call failed, if it failed
  std::uint64_t duration_us = 0;  ///< the time from the first byte read until the last byte of the answer is written
  std::uint64_t after_us = 0;     ///< how long the call went on after its answer
  Phases phases;                  ///< set only if the guest ran
  std::uint64_t cpu_us = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t log_bytes_lost = 0;
  bool cold = false;
};

/// Counts the calls of one function, or of all functions, since the process started. Any thread may use it.
class CallMetrics {
 public:
  void add(const CallRecord& record) noexcept;
  [[nodiscard]] CallCounts counts() const;
  [[nodiscard]] std::uint64_t calls() const noexcept;
  /// Returns the counts, and then resets the two maximum values. So each call returns the maximum values since the
  /// previous call.
  [[nodiscard]] CallCounts take_counts();

 private:
  using Counter = std::atomic<std::uint64_t>;
  std::array<Counter, 6> by_class_{};
  Counter cold_starts_{0};
  Counter cold_us_{0};
  Counter cold_worst_us_{0};
  Counter cpu_us_{0};
  Counter peak_memory_bytes_{0};
  Counter log_bytes_lost_{0};
  Histogram durations_;
  mutable std::mutex failures_mutex_;
  std::map<Code, std::uint64_t> failures_;  // there are few codes, and failures need not be counted fast
};

/// Durations of the cold starts of all functions: in total, and for each phase.
struct ColdStarts {
  Histogram total;
  Histogram queue;
  Histogram load;
  Histogram instantiate;
  Histogram guest;

  void add(const CallRecord& record) noexcept;
};

}  // namespace faasta::metrics
