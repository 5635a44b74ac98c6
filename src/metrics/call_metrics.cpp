#include "metrics/call_metrics.hpp"

#include <algorithm>

namespace faasta::metrics {

void CallMetrics::add(const CallRecord& record) noexcept {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  calls.fetch_add(1, kRelaxed);
  by_class[std::min<std::size_t>(record.status / 100U, by_class.size() - 1)].fetch_add(1, kRelaxed);
  duration.add(record.duration_us);
  cpu_us.fetch_add(record.cpu_us, kRelaxed);
  if (record.cold) cold_starts.fetch_add(1, kRelaxed);
  if (record.log_bytes_lost > 0) log_bytes_lost.fetch_add(record.log_bytes_lost, kRelaxed);
  std::uint64_t peak = peak_memory_bytes.load(kRelaxed);
  while (peak < record.memory_bytes && !peak_memory_bytes.compare_exchange_weak(peak, record.memory_bytes, kRelaxed)) {
  }
  if (!record.failure) return;
  const std::scoped_lock lock(failures_mutex_);
  ++failures_[*record.failure];
}

std::uint64_t CallMetrics::failures(Code code) const {
  const std::scoped_lock lock(failures_mutex_);
  const auto found = failures_.find(code);
  return found == failures_.end() ? 0 : found->second;
}

std::shared_ptr<CallMetrics> Registry::of(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = functions_.find(function); found != functions_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second.used);
    return found->second.metrics;
  }
  if (functions_.size() >= kMost) {
    functions_.erase(recent_.back());
    recent_.pop_back();
  }
  recent_.push_front(function);
  auto metrics = std::make_shared<CallMetrics>();
  functions_.emplace(function, Entry{metrics, recent_.begin()});
  return metrics;
}

void Registry::forget(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  const auto found = functions_.find(function);
  if (found == functions_.end()) return;
  recent_.erase(found->second.used);
  functions_.erase(found);
}

}  // namespace faasta::metrics
