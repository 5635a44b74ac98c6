#pragma once
// How a bound on all logs is shared between functions: no database.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace faasta::store {

/// The sizes of logs, and how much each may keep so that all are within a bound. Who has most loses first: a function
/// that writes little keeps its log, whatever others write. It takes the same memory for any number of logs.
class LogShares {
 public:
  void add(std::uint64_t bytes);
  /// The bytes of all logs.
  [[nodiscard]] std::uint64_t sum() const { return sum_; }
  /// The most bytes that a log may keep, so that all together have at most `target`.
  [[nodiscard]] std::uint64_t most_each(std::uint64_t target) const;

 private:
  static constexpr std::uint64_t kStep = 256;
  static constexpr std::size_t kSteps = 8192;  // 2 MiB, more than a function's log has
  struct OfSize {
    std::uint64_t logs = 0;
    std::uint64_t bytes = 0;
  };
  std::vector<OfSize> sizes_ = std::vector<OfSize>(kSteps);  // by bytes / kStep; the last: and more
  std::uint64_t logs_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace faasta::store
