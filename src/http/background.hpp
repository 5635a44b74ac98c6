#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <utility>

#include "base/clock.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// Coroutines of one loop that have used more than their share of its time. They go on one at a time, when no other
/// work of the loop is ready. However many of them there are, a short call waits for at most one of their slices. One
/// thread.
class Background {
 public:
  /// If the loop is never idle, one of these coroutines still gets a slice in each such period.
  static constexpr std::chrono::milliseconds kPatience{10};

  void add(std::move_only_function<void()> resume) { waiting_.push_back(std::move(resume)); }
  /// Returns when it is the turn of the coroutine that awaits this.
  [[nodiscard]] Task<> step_back() {
    co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
        [this](auto handler) { add(std::move(handler)); }, asio::use_awaitable);
  }

  /// Resumes the coroutine that has waited longest. False if there is none. `idle`: the loop has nothing else to do.
  bool run_one(bool idle) {
    if (waiting_.empty()) return false;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (!idle && now - last_ < kPatience) return false;
    last_ = now;
    auto resume = std::move(waiting_.front());
    waiting_.pop_front();
    resume();
    return true;
  }

 private:
  std::deque<std::move_only_function<void()>> waiting_;
  SteadyTime last_;
};

}  // namespace faasta::http
