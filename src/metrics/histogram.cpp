#include "metrics/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace faasta::metrics {

std::size_t Durations::bucket(std::uint64_t us) noexcept {
  if (us < 4) return us;  // each of the first buckets is one microsecond wide
  const auto power = static_cast<std::size_t>(std::bit_width(us)) - 1;
  const auto quarter = static_cast<std::size_t>((us >> (power - 2)) & 3U);
  return std::min((power - 1) * 4 + quarter, kBuckets - 1);
}

std::uint64_t Durations::upper_edge(std::size_t bucket) noexcept {
  if (bucket < 4) return bucket;
  const std::size_t power = bucket / 4 + 1;
  return ((std::uint64_t{4} + bucket % 4 + 1) << (power - 2)) - 1;
}

std::uint64_t Durations::at_most(std::uint64_t us) const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBuckets && (i == 0 || upper_edge(i - 1) < us); ++i) sum += counts[i];
  return sum;
}

std::uint64_t Durations::quantile(double q) const noexcept {
  const std::uint64_t total = count();
  const auto wanted = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total)));
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBuckets && total > 0; ++i) {
    sum += counts[i];
    if (sum >= wanted) return upper_edge(i);
  }
  return 0;
}

Durations& Durations::operator+=(const Durations& more) noexcept {
  for (std::size_t i = 0; i < kBuckets; ++i) counts[i] += more.counts[i];
  sum_us += more.sum_us;
  return *this;
}

Durations& Durations::operator-=(const Durations& less) noexcept {
  for (std::size_t i = 0; i < kBuckets; ++i) counts[i] -= less.counts[i];
  sum_us -= less.sum_us;
  return *this;
}

Durations Histogram::read() const noexcept {
  Durations out;
  for (std::size_t i = 0; i < Durations::kBuckets; ++i) out.counts[i] = counts_[i].load(std::memory_order_relaxed);
  out.sum_us = sum_us_.load(std::memory_order_relaxed);
  return out;
}

}  // namespace faasta::metrics
