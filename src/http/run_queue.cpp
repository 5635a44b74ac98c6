#include "http/run_queue.hpp"

#include <algorithm>
#include <ctime>

namespace faasta::http {
namespace {

std::chrono::nanoseconds time_of_thread() {
  timespec time{};
  static_cast<void>(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time));
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Task<> RunQueue::wait(OwnerId owner, Line line) {
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
      [this, owner, line](auto handler) { rounds_.add(owner, line, std::move(handler)); }, asio::use_awaitable);
}

bool RunQueue::run_one(bool idle) {
  if (rounds_.empty()) {
    rounds_.forgive();
    return false;
  }
  const SteadyTime now = std::chrono::steady_clock::now();
  if (!idle && now - resumed_ < kPatience) return false;
  auto next = rounds_.next(now);
  if (!next) return false;
  resumed_ = now;
  begin(next->owner, now);
  next->resume();
  handler_ended();
  return true;
}

/// Other threads may have had the processor in the time that has passed. The thread's own clock tells, but reading it
/// is a system call. So it is read only after a time that matters. Before that, the thread has used at most all of its
/// time since the last reading.
std::chrono::nanoseconds RunQueue::processor_time(std::chrono::nanoseconds passed) {
  constexpr std::chrono::microseconds kShort{250};
  if (passed < kShort) return passed;
  const std::chrono::nanoseconds before = thread_time_;
  thread_time_ = time_of_thread();
  return std::min(passed, thread_time_ - before);
}

}  // namespace faasta::http
