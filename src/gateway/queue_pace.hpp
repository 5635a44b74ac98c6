#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace faasta::gateway {

/// Knows how fast a queue moves, and from this, how long an exchange will wait in it. Not for use by several threads.
class QueuePace {
 public:
  /// The first exchange has joined the queue. A queue that was measured less than two periods ago moves as it did then.
  void begin(SteadyTime now, std::chrono::milliseconds period) noexcept {
    if (now - window_ >= 2 * period) pace_.reset();
    window_ = now;
    gone_in_ = 0;
  }

  /// The first exchange of the queue has gone in.
  void count() noexcept { ++gone_in_; }

  /// Returns how long an exchange will wait that has `ahead` exchanges before it. While the pace
  /// is not known, this is 0: the queue has not lasted for `period`, and a burst may be over soon. At most an hour.
  [[nodiscard]] std::chrono::nanoseconds expected(SteadyTime now, std::chrono::milliseconds period, std::size_t ahead) {
    if (const auto age = now - window_; age >= period) {
      pace_ = static_cast<double>(gone_in_) / std::chrono::duration<double>(age).count();
      window_ = now;
      gone_in_ = 0;
    }
    if (!pace_) return {};
    constexpr std::chrono::duration<double> kMost = std::chrono::hours(1);
    const std::chrono::duration<double> wait(static_cast<double>(ahead) / std::max(*pace_, 1e-9));
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::min(wait, kMost));
  }

 private:
  SteadyTime window_;           ///< when the count began
  std::uint64_t gone_in_ = 0;   ///< since then
  std::optional<double> pace_;  ///< exchanges a second, in the window before
};

}  // namespace faasta::gateway
