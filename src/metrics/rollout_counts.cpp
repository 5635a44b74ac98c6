#include "metrics/rollout_counts.hpp"

namespace faasta::metrics {
namespace {

/// Whether the server refused the call before the guest ran, because of the client, of other calls, or of its own
/// state.
bool is_refusal(Code code) {
  switch (code) {
    case Code::body_too_large:
    case Code::owner_rate:
    case Code::busy_function:
    case Code::busy_owner:
    case Code::busy_server:
    case Code::too_many_bodies:
    case Code::rebuilding:
    case Code::http_malformed:
    case Code::http_timeout:
      return true;
    default:
      return false;
  }
}

}  // namespace

void VersionCounter::add(const CallRecord& record) noexcept {
  constexpr std::uint16_t kServerError = 500;
  if (record.failure && is_refusal(*record.failure)) return;
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
  auto& counters = entries_[{function, candidate}];
  if (!counters) counters = std::make_shared<RolloutCounters>();
  return counters;
}

RolloutCounts::Figures RolloutCounts::read(FunctionId function, std::uint32_t candidate) {
  const auto counters = of(function, candidate);
  return {counters->live.read(), counters->candidate.read()};
}

void RolloutCounts::forget(FunctionId function, std::uint32_t candidate) {
  const std::scoped_lock lock(mutex_);
  entries_.erase({function, candidate});
}

}  // namespace faasta::metrics
