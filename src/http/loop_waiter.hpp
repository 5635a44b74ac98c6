#pragma once

#include "base/clock.hpp"
#include "base/wakeable.hpp"
#include "http/background.hpp"
#include "http/deadlines.hpp"
#include "http/doorbell.hpp"
#include "http/open_count.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// What one coroutine waits on when its work outlives the exchange that it began in. It belongs to the exchange's loop
/// and is used on its thread. The listener waits for its end as it waits for its connections.
class LoopWaiter final : public HasDeadline {
 public:
  LoopWaiter(WakeRef<Doorbell> bell, Deadlines& deadlines, Background& background, OpenCount& open)
      : bell_(std::move(bell)), deadlines_(deadlines), background_(background), open_(open) {
    deadlines_.add(*this);
    open_.add();
  }
  LoopWaiter(const LoopWaiter&) = delete;
  LoopWaiter& operator=(const LoopWaiter&) = delete;
  ~LoopWaiter() override {
    deadlines_.remove(*this);
    open_.remove();
  }

  /// Until the waker is woken, the deadline passes, or the work is to end.
  [[nodiscard]] Task<> wait() { return bell_->wait(); }
  /// Goes on when the loop has nothing else to do.
  [[nodiscard]] Task<> step_back() { return background_.step_back(); }
  [[nodiscard]] WakeRef<> waker() { return bell_; }

  void set_deadline(SteadyTime deadline) { Deadlines::set(*this, deadline); }
  [[nodiscard]] bool deadline_passed() const noexcept { return deadline_passed_; }
  /// The server has waited for as long as it waits when it stops.
  [[nodiscard]] bool killed() const noexcept { return killed_; }

  void on_deadline() override {
    deadline_passed_ = true;
    bell_->wake();
  }
  void drain() override {}
  void kill() override {
    killed_ = true;
    bell_->wake();
  }

 private:
  WakeRef<Doorbell> bell_;
  Deadlines& deadlines_;
  Background& background_;
  OpenCount& open_;
  bool deadline_passed_ = false;
  bool killed_ = false;
};

}  // namespace faasta::http
