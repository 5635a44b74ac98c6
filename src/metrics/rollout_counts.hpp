#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/ids.hpp"
#include "metrics/call_metrics.hpp"

namespace faasta::metrics {

/// The calls of one of the two versions of a rollout, at one moment.
struct VersionCounts {
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;  ///< calls that failed, or that were answered with a status from 500 on
  std::uint64_t traps = 0;
  Durations durations;
};

/// Counts the calls of one of the two versions of a rollout. Any thread may use it.
class VersionCounter {
 public:
  void add(const CallRecord& record) noexcept;
  [[nodiscard]] VersionCounts read() const noexcept;

 private:
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<std::uint64_t> traps_{0};
  Histogram durations_;
};

struct RolloutCounters {
  VersionCounter live;
  VersionCounter candidate;
};

/// The counters of the rollouts that go on. A route that is looked up again gets the same counters. Any thread may use
/// it.
class RolloutCounts {
 public:
  [[nodiscard]] std::shared_ptr<RolloutCounters> of(FunctionId function, std::uint32_t candidate);
  struct Figures {
    VersionCounts live;
    VersionCounts candidate;
  };
  /// Returns the counts of this server since it began to serve the rollout. All are 0 if no call came.
  [[nodiscard]] Figures read(FunctionId function, std::uint32_t candidate);
  /// Call this when the rollout of a function has ended.
  void forget(FunctionId function);

 private:
  struct Entry {
    std::uint32_t candidate = 0;
    std::shared_ptr<RolloutCounters> counters;
  };
  std::mutex mutex_;
  std::unordered_map<FunctionId, Entry> entries_;
};

}  // namespace faasta::metrics
