#pragma once
// Compares the work of two calls: the processor time of this thread does not depend on what else the machine does.

#include <algorithm>
#include <chrono>
#include <ctime>

namespace faasta::test {

/// Returns the processor time of `work`: the shortest of three, because other work also fills the caches.
template <class Work>
std::chrono::nanoseconds cpu_time(Work work) {
  const auto now = [] {
    timespec out{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &out);
    return std::chrono::seconds(out.tv_sec) + std::chrono::nanoseconds(out.tv_nsec);
  };
  auto least = std::chrono::nanoseconds::max();
  for (int i = 0; i < 3; ++i) {
    const std::chrono::nanoseconds begin = now();
    work();
    least = std::min(least, now() - begin);
  }
  return least;
}

}  // namespace faasta::test
