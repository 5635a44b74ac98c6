#pragma once

#include <chrono>

#include "base/clock.hpp"
#include "engine/call.hpp"

namespace faasta::gateway {

/// Measures how long a call has run on its event loop without a break. If a guest always has an event ready, its call
/// never waits. So the call must stop after this time (a turn), and let the loop's other connections run.
class Turn {
 public:
  /// Whether the turn is over, so that the loop's other work must run first.
  [[nodiscard]] bool over() const { return std::chrono::steady_clock::now() - began_ > kTurn; }
  void begin() { began_ = std::chrono::steady_clock::now(); }

  /// Whether the call has used more than kShare of CPU time. Then it may go on only when the loop has nothing else to
  /// do.
  [[nodiscard]] static bool share_is_used(const engine::Call& call) {
    return std::chrono::microseconds(call.usage().cpu_us) > kShare;
  }

 private:
  /// The length of a turn: two ticks of the engine's epoch.
  static constexpr std::chrono::milliseconds kTurn{2};
  /// The CPU time that a call may use before it runs only on an idle loop. Nearly all calls need less. A tick of the
  /// epoch is one millisecond, so a short call waits for at most 2 ms.
  static constexpr std::chrono::milliseconds kShare{1};

  SteadyTime began_ = std::chrono::steady_clock::now();
};

}  // namespace faasta::gateway
