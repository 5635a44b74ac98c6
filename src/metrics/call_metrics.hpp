#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
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

/// Counts of calls, of one function or of all. Any thread.
class CallMetrics {
 public:
  void add(const CallRecord& record) noexcept;

  using Counter = std::atomic<std::uint64_t>;
  const SystemTime since = system_now();
  Counter calls{0};
  std::array<Counter, 6> by_class{};  ///< [2]: 2xx and so on; [0]: no status
  Counter cold_starts{0};
  Counter cold_us{0};        ///< their durations, summed
  Counter cold_worst_us{0};  ///< the longest
  Counter cpu_us{0};
  Counter peak_memory_bytes{0};
  Counter log_bytes_lost{0};
  Histogram duration;

  /// Calls that failed with `code`.
  [[nodiscard]] std::uint64_t failures(Code code) const;
  /// Visits each code that was counted.
  template <class Visit>
  void for_each_failure(Visit visit) const {
    const std::scoped_lock lock(failures_mutex_);
    for (const auto& [code, count] : failures_) visit(code, count);
  }

 private:
  mutable std::mutex failures_mutex_;
  std::unordered_map<Code, std::uint64_t> failures_;  // few kinds, and failing is not the fast path
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

/// The counts of the functions that were called, and of all together. Bounded: those not called for longest lose
/// theirs.
class Registry {
 public:
  [[nodiscard]] std::shared_ptr<CallMetrics> of(FunctionId function);
  void forget(FunctionId function);

  CallMetrics all;
  ColdStarts cold;

 private:
  static constexpr std::size_t kMost = 10'000;
  struct Entry {
    std::shared_ptr<CallMetrics> metrics;
    std::list<FunctionId>::iterator used;
  };
  std::mutex mutex_;
  std::unordered_map<FunctionId, Entry> functions_;
  std::list<FunctionId> recent_;
};

}  // namespace faasta::metrics
