#include "metrics/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace faasta::metrics {

std::size_t Histogram::bucket(std::uint64_t us) noexcept {
  if (us < 4) return us;  // the first buckets are single microseconds
  const auto power = static_cast<std::size_t>(std::bit_width(us)) - 1;
  const auto quarter = static_cast<std::size_t>((us >> (power - 2)) & 3U);
  return std::min((power - 1) * 4 + quarter, kBuckets - 1);
}

std::uint64_t Histogram::upper_edge(std::size_t bucket) noexcept {
  if (bucket < 4) return bucket;
  const std::size_t power = bucket / 4 + 1;
  return ((std::uint64_t{4} + bucket % 4 + 1) << (power - 2)) - 1;
}

std::uint64_t Histogram::at_most(std::uint64_t us) const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBuckets && (i == 0 || upper_edge(i - 1) < us); ++i)
    sum += counts_[i].load(std::memory_order_relaxed);
  return sum;
}

std::uint64_t Histogram::quantile(double q) const noexcept {
  const std::uint64_t total = count();
  const auto wanted = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total)));
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBuckets && total > 0; ++i) {
    sum += counts_[i].load(std::memory_order_relaxed);
    if (sum >= wanted) return upper_edge(i);
  }
  return 0;
}

}  // namespace faasta::metrics
