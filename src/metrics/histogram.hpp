#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace faasta::metrics {

/// Durations in microseconds, in buckets that are never wider than a quarter of their value: four for each power of
/// two up to 2^27 us (two minutes). A value of one moment; Histogram is what counts.
struct Durations {
  static constexpr std::size_t kBuckets = std::size_t{27} * 4;

  std::array<std::uint64_t, kBuckets> counts{};
  std::uint64_t sum_us = 0;

  /// The upper edge of the bucket in which the quantile (0 to 1) lies; 0 if nothing was counted.
  [[nodiscard]] std::uint64_t quantile(double q) const noexcept;
  /// How many were at most `us`, to the width of a bucket.
  [[nodiscard]] std::uint64_t at_most(std::uint64_t us) const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept { return at_most(UINT64_MAX); }
  Durations& operator+=(const Durations& more) noexcept;
  Durations& operator-=(const Durations& less) noexcept;
  bool operator==(const Durations&) const = default;

  [[nodiscard]] static std::size_t bucket(std::uint64_t us) noexcept;
  [[nodiscard]] static std::uint64_t upper_edge(std::size_t bucket) noexcept;
};

/// Counts durations. Any thread; counting is two atomic additions.
class Histogram {
 public:
  void add(std::uint64_t us) noexcept {
    counts_[Durations::bucket(us)].fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(us, std::memory_order_relaxed);
  }
  [[nodiscard]] Durations read() const noexcept;

 private:
  std::array<std::atomic<std::uint64_t>, Durations::kBuckets> counts_{};
  std::atomic<std::uint64_t> sum_us_{0};
};

}  // namespace faasta::metrics
