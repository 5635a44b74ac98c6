#include "metrics/call_metrics.hpp"

#include <algorithm>

namespace faasta::metrics {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

void raise(std::atomic<std::uint64_t>& highest, std::uint64_t value) noexcept {
  std::uint64_t known = highest.load(kRelaxed);
  while (known < value && !highest.compare_exchange_weak(known, value, kRelaxed)) {
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
  by_class_[std::min<std::size_t>(record.status / 100U, by_class_.size() - 1)].fetch_add(1, kRelaxed);
  durations_.add(record.duration_us);
  cpu_us_.fetch_add(record.cpu_us, kRelaxed);
  if (record.cold) {
    cold_starts_.fetch_add(1, kRelaxed);
    cold_us_.fetch_add(record.duration_us, kRelaxed);
    raise(cold_worst_us_, record.duration_us);
  }
  if (record.log_bytes_lost > 0) log_bytes_lost_.fetch_add(record.log_bytes_lost, kRelaxed);
  raise(peak_memory_bytes_, record.memory_bytes);
  if (!record.failure) return;
  const std::scoped_lock lock(failures_mutex_);
  ++failures_[*record.failure];
}

std::uint64_t CallMetrics::calls() const noexcept {
  std::uint64_t out = 0;
  for (const Counter& counter : by_class_) out += counter.load(std::memory_order_relaxed);
  return out;
}

CallCounts CallMetrics::counts() const {
  CallCounts out;
  for (std::size_t i = 0; i < out.by_class.size(); ++i) out.by_class[i] = by_class_[i].load(kRelaxed);
  out.cold_starts = cold_starts_.load(kRelaxed);
  out.cold_us = cold_us_.load(kRelaxed);
  out.cold_worst_us = cold_worst_us_.load(kRelaxed);
  out.cpu_us = cpu_us_.load(kRelaxed);
  out.peak_memory_bytes = peak_memory_bytes_.load(kRelaxed);
  out.log_bytes_lost = log_bytes_lost_.load(kRelaxed);
  out.durations = durations_.read();
  const std::scoped_lock lock(failures_mutex_);
  out.failures = failures_;
  return out;
}

CallCounts CallMetrics::take_counts() {
  CallCounts out = counts();
  out.cold_worst_us = cold_worst_us_.exchange(0, kRelaxed);
  out.peak_memory_bytes = peak_memory_bytes_.exchange(0, kRelaxed);
  return out;
}

}  // namespace faasta::metrics
