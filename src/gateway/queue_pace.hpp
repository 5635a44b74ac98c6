#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace faasta::gateway {

/// Knows how fast a queue moves, and from this, how long it may be. An exchange that would wait in vain is refused at
/// once: its client can try another server, and its connection is free. Not for use by several threads.
class QueuePace {
 public:
  /// The first exchange has joined the queue.
  void begin(SteadyTime now) noexcept {
    window_ = now;
    gone_in_ = 0;
    pace_.reset();
  }

  /// The first exchange of the queue has gone in.
  void count() noexcept { ++gone_in_; }

  /// Returns the most exchanges that may wait for `patience`. Until the queue has lasted so long, this is `most`: a
  /// burst may be over soon. After that, it is half of the exchanges that go in during this time: they go
  /// in unevenly.
  [[nodiscard]] std::size_t most(SteadyTime now, std::chrono::milliseconds patience, std::size_t most) noexcept {
    if (const auto age = now - window_; age >= patience) {
      pace_ = static_cast<double>(gone_in_) / std::chrono::duration<double>(age).count();
      window_ = now;
      gone_in_ = 0;
    }
    if (!pace_) return most;
    constexpr double kPart = 0.5;
    const double in_time = kPart * *pace_ * std::chrono::duration<double>(patience).count();
    return std::min(most, std::max<std::size_t>(1, static_cast<std::size_t>(in_time)));
  }

 private:
  SteadyTime window_;           ///< when the count began
  std::uint64_t gone_in_ = 0;   ///< since then
  std::optional<double> pace_;  ///< exchanges a second, in the window before
};

}  // namespace faasta::gateway
