#pragma once
// How the limit for all logs is divided between the functions, without a database.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace faasta::store {

/// Computes, from the sizes of all logs, how much each log may keep so that the sum is within a limit. The largest logs
/// lose lines first. So a function that writes little keeps its log, even if others write much. The memory used does
/// not depend on the number of logs.
class LogShares {
 public:
  void add(std::uint64_t bytes);
  /// The sum of all sizes in bytes.
  [[nodiscard]] std::uint64_t sum() const { return sum_; }
  /// The most bytes that each log may keep, so that the sum is at most `target`.
  [[nodiscard]] std::uint64_t most_each(std::uint64_t target) const;

 private:
  static constexpr std::uint64_t kStep = 256;
  static constexpr std::size_t kSteps = 8192;  // up to 2 MiB, more than a function's log can have
  struct OfSize {
    std::uint64_t logs = 0;
    std::uint64_t bytes = 0;
  };
  /// Indexed by bytes / kStep; the last element also has all larger sizes.
  std::vector<OfSize> sizes_ = std::vector<OfSize>(kSteps);
  std::uint64_t logs_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace faasta::store
