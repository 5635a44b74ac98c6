#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace faasta::http {

/// Counts open objects. A thread can wait until no object is open. Any thread may use it.
class OpenCount {
 public:
  void add() {
    const std::scoped_lock lock(mutex_);
    ++count_;
  }
  void remove() {
    const std::scoped_lock lock(mutex_);
    if (--count_ == 0) none_.notify_all();
  }
  [[nodiscard]] std::size_t now() const {
    const std::scoped_lock lock(mutex_);
    return count_;
  }
  /// Waits until no object is open. False if an object is still open at the time `end`.
  [[nodiscard]] bool wait_until_none(std::chrono::steady_clock::time_point end) {
    std::unique_lock lock(mutex_);
    return none_.wait_until(lock, end, [this] { return count_ == 0; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
};

}  // namespace faasta::http
