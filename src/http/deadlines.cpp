#include "http/deadlines.hpp"

#include <algorithm>
#include <exception>

#include "base/log.hpp"

namespace faasta::http {

void Deadlines::set(HasDeadline& item, SteadyTime deadline) {
  if (deadline == SteadyTime::max()) {
    item.deadline_ = 0;
    return;  // the object stays in its slot, where nothing happens to it
  }
  // A deadline is the first tick that is not before it. A year is as good as for ever, and fits into the numbers.
  const auto after = std::min<SteadyTime::duration>(deadline - start_, ticks_ * kPeriod + std::chrono::years(1));
  const std::int64_t tick = (after + kPeriod - SteadyTime::duration(1)) / kPeriod;
  item.deadline_ = static_cast<Tick>(std::max(tick, ticks_ + 1));
  if (item.deadline_ == 0) item.deadline_ = 1;
  if (!item.hook_.is_linked() || is_before(item.deadline_, item.looked_at_)) insert(item);
}

void Deadlines::insert(HasDeadline& item) {
  item.hook_.unlink();
  const Tick now = static_cast<Tick>(ticks_);
  const Tick away = item.deadline_ - now;
  if (away < kSlots) {
    item.looked_at_ = item.deadline_;
    return near_.at(item.looked_at_ % kSlots).push_back(item);
  }
  // The slot begins at a multiple of kSlots, at or before the deadline, and after this tick.
  const Tick most = kSlots * (kSlots - 1);
  item.looked_at_ = (away < most ? item.deadline_ : now + most) / kSlots * kSlots;
  far_.at(item.looked_at_ / kSlots % kSlots).push_back(item);
}

Task<> Deadlines::look_at(Slot& slot) {
  if (slot.empty()) co_return;
  Slot due;
  due.swap(slot);
  for (unsigned count = 1; !due.empty(); ++count) {
    if (count % kAtOnce == 0) co_await asio::post(timer_.get_executor(), asio::use_awaitable);
    if (due.empty()) break;  // the other handlers may have destroyed the rest
    HasDeadline& item = due.front();
    due.pop_front();
    if (item.deadline_ == 0) continue;
    if (is_before(static_cast<Tick>(ticks_), item.deadline_)) {
      insert(item);
      continue;
    }
    item.deadline_ = 0;
    try {
      item.on_deadline();
    } catch (const std::exception& error) {
      log::error("deadline_failed", {{"cause", error.what()}});  // the loop's other deadlines go on
    }
  }
}

Task<> Deadlines::run() {
  while (!stopped_) {
    timer_.expires_after(kPeriod);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    const std::int64_t last = (std::chrono::steady_clock::now() - start_) / kPeriod;
    while (ticks_ < last && !stopped_) {
      const Tick now = static_cast<Tick>(++ticks_);
      if (now % kSlots == 0) co_await look_at(far_.at(now / kSlots % kSlots));
      co_await look_at(near_.at(now % kSlots));
    }
  }
}

void Deadlines::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace faasta::http
