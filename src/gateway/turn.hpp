#pragma once

#include <chrono>

#include "base/clock.hpp"
#include "engine/call.hpp"

namespace faasta::gateway {

/// A call's turn on its event loop. A guest that always has something to say never waits; the loop's other connections
/// get their turns all the same.
class Turn {
 public:
  /// Whether the others are to come first now.
  [[nodiscard]] bool over() const { return std::chrono::steady_clock::now() - began_ > kTurn; }
  void begin() { began_ = std::chrono::steady_clock::now(); }

  /// Whether the call has used so much CPU that all others come before each of its slices.
  [[nodiscard]] static bool share_is_used(const engine::Call& call) {
    return std::chrono::microseconds(call.usage().cpu_us) > kShare;
  }

 private:
  /// Two epoch ticks.
  static constexpr std::chrono::milliseconds kTurn{2};
  /// Nearly all calls end before; with the epoch's tick of a millisecond, a short call waits for at most twice that.
  static constexpr std::chrono::milliseconds kShare{1};

  SteadyTime began_ = std::chrono::steady_clock::now();
};

}  // namespace faasta::gateway
