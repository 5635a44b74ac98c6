#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <utility>

#include "base/clock.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// Coroutines of one loop that have had more than their share of it: they go on one at a time, when nothing else is
/// ready. So a call that computes for long, and any number of them, costs a short one at most one slice of waiting. One
/// thread.
class Background {
 public:
  /// A loop that is never idle still gives one of them a slice so often.
  static constexpr std::chrono::milliseconds kPatience{10};

  void add(std::move_only_function<void()> resume) { waiting_.push_back(std::move(resume)); }
  /// Returns when it is the turn of the coroutine that awaits it.
  [[nodiscard]] Task<> step_back() {
    co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
        [this](auto handler) { add(std::move(handler)); }, asio::use_awaitable);
  }

  /// Resumes the one that waits for longest; false if there is none. `idle`: the loop has nothing else to do.
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
