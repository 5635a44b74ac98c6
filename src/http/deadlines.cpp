#include "http/deadlines.hpp"

#include <exception>

#include "base/log.hpp"

namespace faasta::http {

Task<> Deadlines::run() {
  constexpr std::chrono::milliseconds kPeriod{20};
  while (!stopped_) {
    timer_.expires_after(kPeriod);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    const SteadyTime now = std::chrono::steady_clock::now();
    for (next_ = items_.begin(); next_ != items_.end();) {
      HasDeadline& item = **next_++;
      if (item.deadline_ > now) continue;
      item.deadline_ = SteadyTime::max();
      try {
        item.on_deadline();
      } catch (const std::exception& error) {
        log::error("deadline_failed", {{"cause", error.what()}});  // the loop's other deadlines go on
      }
    }
  }
}

void Deadlines::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace faasta::http
