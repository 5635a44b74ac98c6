#include "http/deadlines.hpp"

#include <algorithm>
#include <exception>

#include "base/log.hpp"

namespace faasta::http {

void Deadlines::set(HasDeadline& item, SteadyTime deadline) {
  item.deadline_ = deadline;
  if (deadline == SteadyTime::max() || (item.hook_.is_linked() && item.looked_at_ <= deadline)) return;
  item.hook_.unlink();
  const auto after = std::max(deadline - start_, SteadyTime::duration(0));
  insert(item, std::max<Tick>((after + kPeriod - SteadyTime::duration(1)) / kPeriod, tick_ + 1));
}

void Deadlines::insert(HasDeadline& item, Tick tick) {
  if (tick - tick_ < kSlots) {
    item.looked_at_ = start_ + tick * kPeriod;
    return slot_of(near_, tick).push_back(item);
  }
  const Tick far = std::min(tick / kSlots, tick_ / kSlots + kSlots - 1);
  item.looked_at_ = start_ + far * kSlots * kPeriod;
  slot_of(far_, far).push_back(item);
}

void Deadlines::look_at(Slot& slot, SteadyTime now) {
  Slot due;
  due.swap(slot);
  while (!due.empty()) {
    HasDeadline& item = due.front();
    due.pop_front();
    if (item.deadline_ > now) {
      set(item, item.deadline_);
      continue;
    }
    item.deadline_ = SteadyTime::max();
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
    const SteadyTime now = std::chrono::steady_clock::now();
    const Tick last = (now - start_) / kPeriod;
    while (tick_ < last && !stopped_) {
      ++tick_;
      if (tick_ % kSlots == 0) look_at(slot_of(far_, tick_ / kSlots), now);
      look_at(slot_of(near_, tick_), now);
    }
  }
}

void Deadlines::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace faasta::http
