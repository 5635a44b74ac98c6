#pragma once

#include "base/clock.hpp"
#include "base/wakeable.hpp"
#include "http/deadlines.hpp"
#include "http/doorbell.hpp"
#include "http/loop.hpp"
#include "http/stoppable.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// What one coroutine waits on when its work outlives the exchange that it began in. It belongs to the exchange's loop
/// and is used on its thread. The listener waits for its end as it waits for its connections.
class LoopWaiter final : public HasDeadline, public Stoppable {
 public:
  LoopWaiter(WakeRef<Doorbell> bell, Loop& loop) : Stoppable(loop.stoppables), bell_(std::move(bell)), loop_(loop) {
    loop_.deadlines.add(*this);
    loop_.outliving.add();
  }
  LoopWaiter(const LoopWaiter&) = delete;
  LoopWaiter& operator=(const LoopWaiter&) = delete;
  ~LoopWaiter() override {
    loop_.deadlines.remove(*this);
    loop_.outliving.remove();
  }

  /// Until the waker is woken, the deadline passes, or the work is to end.
  [[nodiscard]] Task<> wait() { return bell_->wait(); }
  /// Goes on when the loop has nothing else to do.
  [[nodiscard]] Task<> step_back() { return loop_.background.step_back(); }
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
  Loop& loop_;
  bool deadline_passed_ = false;
  bool killed_ = false;
};

}  // namespace faasta::http
