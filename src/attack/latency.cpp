#include "attack/latency.hpp"

#include <algorithm>

namespace faasta::attack {
namespace {

/// Returns the smallest latency that at least this share of the samples does not exceed.
double quantile(const std::vector<Sample>& sorted, std::size_t percent) {
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1].milliseconds;
}

}  // namespace

Latency Latency::of(std::vector<Sample> samples) {
  Latency out{.requests = samples.size()};
  if (samples.empty()) return out;
  std::ranges::sort(samples, {}, &Sample::milliseconds);
  out.errors = static_cast<std::size_t>(std::ranges::count(samples, false, &Sample::right));
  out.p50 = quantile(samples, 50);
  out.p99 = quantile(samples, 99);
  return out;
}

}  // namespace faasta::attack
