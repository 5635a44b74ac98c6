#include "attack/latency.hpp"

#include <algorithm>
#include <set>

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
  std::set<int> statuses;
  for (const Sample& sample : samples) {
    if (sample.right) continue;
    ++out.errors;
    statuses.insert(sample.status);
  }
  for (const int status : statuses)
    out.statuses += (out.statuses.empty() ? "" : ", ") + (status == 0 ? "none" : std::to_string(status));
  out.p50 = quantile(samples, 50);
  out.p99 = quantile(samples, 99);
  return out;
}

}  // namespace faasta::attack
