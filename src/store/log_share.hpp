#pragma once
// Divides the limit for all logs between the functions. Uses no database.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace faasta::store {

/// Computes, from the sizes of all logs, how much each log may keep so that the sum is within a limit. The largest logs
/// lose lines first. So a function that writes little keeps its log, even if other functions write much. The memory of
/// this object does not grow with the number of logs.
class LogShares {
 public:
  void add(std::uint64_t bytes);
  /// Returns the sum of all sizes in bytes.
  [[nodiscard]] std::uint64_t sum() const { return sum_; }
  /// Returns how many bytes each log may keep at most, so that the sum of all logs is at most `target`.
  [[nodiscard]] std::uint64_t most_each(std::uint64_t target) const;

 private:
  static constexpr std::uint64_t kStep = 256;
  static constexpr std::size_t kSteps = 8192;  // up to 2 MiB, more than a function's log can have
  struct OfSize {
    std::uint64_t logs = 0;
    std::uint64_t bytes = 0;
  };
  /// Element `i` counts the logs with bytes / kStep == i. The last element also counts all larger logs.
  std::vector<OfSize> sizes_ = std::vector<OfSize>(kSteps);
  std::uint64_t logs_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace faasta::store
