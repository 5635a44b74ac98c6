#pragma once
// How the bound on all logs is divided between functions, without a database.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace faasta::store {

/// Computes, from the sizes of all logs, how much each may keep so that the sum is within a bound. The largest logs
/// lose lines first: a function that writes little keeps its log, whatever others write. The memory used does not
/// depend on the number of logs.
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
  /// Indexed by bytes / kStep; the last one also has all larger sizes.
  std::vector<OfSize> sizes_ = std::vector<OfSize>(kSteps);
  std::uint64_t logs_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace faasta::store
