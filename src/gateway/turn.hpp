#pragma once

#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "engine/call.hpp"
#include "http/run_queue.hpp"

namespace faasta::gateway {

/// The turns of one call on its loop. A call computes only in a turn. If a guest always has an event ready, its call
/// never waits by itself; so the turn is over after some time, and then the call waits for another one. `Where` is the
/// exchange of the call, or its LoopWaiter.
template <class Where>
class Turn {
 public:
  /// `call` is null before there is an instance.
  Turn(Where& where, OwnerId owner, const engine::Call* call = nullptr) : where_(where), owner_(owner), call_(call) {}
  /// From now on, the CPU time of `call` decides in which line it waits.
  void measure(const engine::Call& call) { call_ = &call; }

  /// Whether the call has computed for as long as it may without a break.
  [[nodiscard]] bool over() {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (std::exchange(waited_, false)) began_ = now;
    return now - began_ > kTurn;
  }
  /// Begins a turn, if the call may compute now. Otherwise the call must await wait(). Call this when the call begins,
  /// and after each time that it waited for something else.
  [[nodiscard]] bool begin(SteadyTime now = std::chrono::steady_clock::now()) {
    began_ = now;
    waited_ = false;
    return line() == Line::first && where_.run_queue().may_run(owner_, now);
  }
  /// Whether the call may go on after it waited for its client to read. If not, it must await wait().
  [[nodiscard]] bool may_go_on() const { return where_.run_queue().may_run(owner_); }
  /// Call this if begin() or may_go_on() returned false, or the turn is over. The call has the next turn when this
  /// ends.
  [[nodiscard]] Task<> wait() {
    waited_ = true;
    return where_.wait_turn(owner_, line());
  }

 private:
  using Line = http::RunQueue::Line;
  /// The length of a turn: two ticks of the engine's epoch.
  static constexpr std::chrono::milliseconds kTurn{2};
  /// The CPU time after which a call waits behind the calls of its owner that have used less. Nearly all calls need
  /// less. A tick of the epoch is one millisecond, so a short call waits for at most 2 ms.
  static constexpr std::chrono::milliseconds kShare{1};

  [[nodiscard]] Line line() const {
    const bool used = call_ != nullptr && std::chrono::microseconds(call_->usage().cpu_us) > kShare;
    return used ? Line::later : Line::first;
  }

  Where& where_;
  const OwnerId owner_;
  const engine::Call* call_;
  SteadyTime began_ = std::chrono::steady_clock::now();
  bool waited_ = false;  ///< the turn has begun at the end of wait(); over() sets `began_`
};

}  // namespace faasta::gateway
