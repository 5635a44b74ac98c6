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

/// Where the time of a call went, in microseconds, up to the answer's end.
struct Phases {
  std::uint64_t queue = 0;  ///< from the first byte read: parsing, looking the function up, waiting for a place
  std::uint64_t load = 0;   ///< until its code was loaded
  std::uint64_t instantiate = 0;
  std::uint64_t guest = 0;  ///< the rest: the guest, and writing what it answered
};

/// What became of one call.
struct CallRecord {
  std::uint16_t status = 0;       ///< 0: the client went before there was one
  std::optional<Code> failure;    ///< why it failed, if it did
  std::uint64_t duration_us = 0;  ///< from its first byte read to its answer's last byte written
  std::uint64_t after_us = 0;     ///< that it went on after its answer
  Phases phases;                  ///< if it came so far as to run
  std::uint64_t cpu_us = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t log_bytes_lost = 0;
  bool cold = false;
};

/// Counts calls, of one function or of all, since the process started. Any thread.
class CallMetrics {
 public:
  void add(const CallRecord& record) noexcept;
  [[nodiscard]] CallCounts counts() const;
  /// The same; the two highest values begin anew, so that each call of this has those of the time since the last one.
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
  std::map<Code, std::uint64_t> failures_;  // few kinds, and failing is not the fast path
};

/// Durations of cold starts, of all functions together: as a whole, and by phase.
struct ColdStarts {
  Histogram total;
  Histogram queue;
  Histogram load;
  Histogram instantiate;
  Histogram guest;

  void add(const CallRecord& record) noexcept;
};

}  // namespace faasta::metrics
