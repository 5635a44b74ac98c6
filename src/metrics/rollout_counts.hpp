#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

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
  /// A call that was refused before the guest ran says nothing about the version, and is not counted. Otherwise one
  /// client could end a rollout, or hide the errors of a candidate. A refusal after crashes of the guest is counted.
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
  /// Call this when the rollout has ended.
  void forget(FunctionId function, std::uint32_t candidate);

 private:
  using Key = std::pair<FunctionId, std::uint32_t>;
  std::mutex mutex_;
  std::map<Key, std::shared_ptr<RolloutCounters>> entries_;
};

}  // namespace faasta::metrics
