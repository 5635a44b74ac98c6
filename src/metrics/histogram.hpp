#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace faasta::metrics {

/// Durations in microseconds, in buckets that are never wider than a quarter of their value: four for each power of
/// two up to 2^27 us (two minutes). Any thread; counting is one atomic addition.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = std::size_t{27} * 4;

  void add(std::uint64_t us) noexcept { counts_[bucket(us)].fetch_add(1, std::memory_order_relaxed); }

  /// The upper edge of the bucket in which the quantile (0 to 1) lies; 0 if nothing was counted.
  [[nodiscard]] std::uint64_t quantile(double q) const noexcept;
  /// How many were at most `us`, to the width of a bucket.
  [[nodiscard]] std::uint64_t at_most(std::uint64_t us) const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept { return at_most(UINT64_MAX); }

  [[nodiscard]] static std::size_t bucket(std::uint64_t us) noexcept;
  [[nodiscard]] static std::uint64_t upper_edge(std::size_t bucket) noexcept;

 private:
  std::array<std::atomic<std::uint32_t>, kBuckets> counts_{};
};

}  // namespace faasta::metrics
