#include "store/log_share.hpp"

#include <algorithm>

namespace faasta::store {

void LogShares::add(std::uint64_t bytes) {
  OfSize& size = sizes_[static_cast<std::size_t>(std::min<std::uint64_t>(bytes / kStep, kSteps - 1))];
  ++size.logs;
  size.bytes += bytes;
  ++logs_;
  sum_ += bytes;
}

std::uint64_t LogShares::most_each(std::uint64_t target) const {
  std::uint64_t smaller = 0;  // sum of the logs below the current step
  std::uint64_t larger = logs_;
  for (std::size_t step = 0; step < kSteps; ++step) {
    smaller += sizes_[step].bytes;
    larger -= sizes_[step].logs;
    const std::uint64_t next = (step + 1) * kStep;
    if (smaller + larger * next > target) return step * kStep;
  }
  return kSteps * kStep;
}

}  // namespace faasta::store
