#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <utility>

#include "base/clock.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// Holds the coroutines of one loop that have used more than their share of the loop's time. It resumes one of them at
/// a time, when no other work of the loop is ready. So a short call waits for at most one slice of one of these
/// coroutines. Used on one thread.
class Background {
 public:
  /// If the loop is never idle, run_one() still resumes one of these coroutines once in each period of this length.
  static constexpr std::chrono::milliseconds kPatience{10};

  void add(std::move_only_function<void()> resume) { waiting_.push_back(std::move(resume)); }
  /// Adds the calling coroutine, and returns when run_one() resumes it.
  [[nodiscard]] Task<> step_back() {
    co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
        [this](auto handler) { add(std::move(handler)); }, asio::use_awaitable);
  }

  /// Resumes the coroutine that has waited longest. False if no coroutine was resumed. `idle`: the loop has nothing
  /// else to do.
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
