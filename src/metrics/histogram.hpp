#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace faasta::metrics {

/// Durations in microseconds, counted in buckets: four buckets for each power of two, up to 2^27 us (two minutes). So
/// the width of a bucket is at most a quarter of its values. Histogram counts the durations.
struct Durations {
  static constexpr std::size_t kBuckets = std::size_t{27} * 4;

  std::array<std::uint64_t, kBuckets> counts{};
  std::uint64_t sum_us = 0;

  /// Returns the upper edge of the bucket that contains the quantile `q` (0 to 1). Returns 0 if there are no durations.
  [[nodiscard]] std::uint64_t quantile(double q) const noexcept;
  /// Returns how many durations were at most `us`, rounded to the edge of a bucket.
  [[nodiscard]] std::uint64_t at_most(std::uint64_t us) const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept { return at_most(UINT64_MAX); }
  Durations& operator+=(const Durations& more) noexcept;
  Durations& operator-=(const Durations& less) noexcept;
  bool operator==(const Durations&) const = default;

  [[nodiscard]] static std::size_t bucket(std::uint64_t us) noexcept;
  [[nodiscard]] static std::uint64_t upper_edge(std::size_t bucket) noexcept;
};

/// Counts durations. Any thread may use it; a count costs two atomic additions.
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
