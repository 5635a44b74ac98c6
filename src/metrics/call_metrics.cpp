#include "metrics/call_metrics.hpp"

#include <algorithm>

namespace faasta::metrics {

namespace {

void raise(CallMetrics::Counter& highest, std::uint64_t value) noexcept {
  std::uint64_t known = highest.load(std::memory_order_relaxed);
  while (known < value && !highest.compare_exchange_weak(known, value, std::memory_order_relaxed)) {
  }
}

}  // namespace

void ColdStarts::add(const CallRecord& record) noexcept {
  if (!record.cold) return;
  total.add(record.duration_us);
  queue.add(record.phases.queue);
  load.add(record.phases.load);
  instantiate.add(record.phases.instantiate);
  guest.add(record.phases.guest);
}

void CallMetrics::add(const CallRecord& record) noexcept {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  calls.fetch_add(1, kRelaxed);
  by_class[std::min<std::size_t>(record.status / 100U, by_class.size() - 1)].fetch_add(1, kRelaxed);
  duration.add(record.duration_us);
  cpu_us.fetch_add(record.cpu_us, kRelaxed);
  if (record.cold) {
    cold_starts.fetch_add(1, kRelaxed);
    cold_us.fetch_add(record.duration_us, kRelaxed);
    raise(cold_worst_us, record.duration_us);
  }
  if (record.log_bytes_lost > 0) log_bytes_lost.fetch_add(record.log_bytes_lost, kRelaxed);
  raise(peak_memory_bytes, record.memory_bytes);
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
