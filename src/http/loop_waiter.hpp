#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/wakeable.hpp"
#include "http/deadlines.hpp"
#include "http/doorbell.hpp"
#include "http/loop.hpp"
#include "http/stoppable.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// A coroutine waits on this object if its work goes on after its exchange has ended. The object belongs to the loop of
/// the exchange and is used on the thread of this loop. When the listener stops, it waits for this object as it waits
/// for a connection.
class LoopWaiter final : public HasDeadline, public Stoppable {
 public:
  LoopWaiter(WakeRef<Doorbell> bell, Loop& loop) : Stoppable(loop.stoppables), bell_(std::move(bell)), loop_(loop) {
    loop_.outliving.add();
  }
  LoopWaiter(const LoopWaiter&) = delete;
  LoopWaiter& operator=(const LoopWaiter&) = delete;
  ~LoopWaiter() override { loop_.outliving.remove(); }

  /// Returns when the waker is woken, the deadline passes, or the work has to end.
  [[nodiscard]] Task<> wait() { return bell_->wait(); }
  [[nodiscard]] RunQueue& run_queue() noexcept { return loop_.run_queue; }
  /// Waits in the line of the owner, until the call may compute.
  [[nodiscard]] Task<> wait_turn(OwnerId owner, RunQueue::Line line) { return loop_.run_queue.wait(owner, line); }
  [[nodiscard]] WakeRef<> waker() { return bell_; }

  /// Makes another waiter for the same loop.
  [[nodiscard]] std::unique_ptr<LoopWaiter> another() { return std::make_unique<LoopWaiter>(bell_->another(), loop_); }

  void set_deadline(SteadyTime deadline) {
    deadline_passed_ = deadline_passed_ && deadline <= std::chrono::steady_clock::now();
    loop_.deadlines.set(*this, deadline);
  }
  [[nodiscard]] bool deadline_passed() const noexcept { return deadline_passed_; }
  /// Whether the server is stopping and no longer waits for this work.
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
