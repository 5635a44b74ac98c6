#include "metrics/rollout_counts.hpp"

namespace faasta::metrics {

void VersionCounter::add(const CallRecord& record) noexcept {
  constexpr std::uint16_t kServerError = 500;
  calls_.fetch_add(1, std::memory_order_relaxed);
  if (record.failure || record.status >= kServerError) errors_.fetch_add(1, std::memory_order_relaxed);
  if (record.failure == Code::guest_trap) traps_.fetch_add(1, std::memory_order_relaxed);
  durations_.add(record.duration_us);
}

VersionCounts VersionCounter::read() const noexcept {
  return {calls_.load(std::memory_order_relaxed), errors_.load(std::memory_order_relaxed),
          traps_.load(std::memory_order_relaxed), durations_.read()};
}

std::shared_ptr<RolloutCounters> RolloutCounts::of(FunctionId function, std::uint32_t candidate) {
  const std::scoped_lock lock(mutex_);
  Entry& entry = entries_[function];
  if (!entry.counters || entry.candidate != candidate) entry = {candidate, std::make_shared<RolloutCounters>()};
  return entry.counters;
}

RolloutCounts::Figures RolloutCounts::read(FunctionId function, std::uint32_t candidate) {
  std::shared_ptr<RolloutCounters> counters;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(function);
    if (found == entries_.end() || found->second.candidate != candidate) return {};
    counters = found->second.counters;
  }
  return {counters->live.read(), counters->candidate.read()};
}

void RolloutCounts::forget(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  entries_.erase(function);
}

}  // namespace faasta::metrics
