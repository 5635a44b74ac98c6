#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/rate_limiter.hpp"
#include "gateway/ending.hpp"
#include "gateway/target.hpp"

namespace faasta::gateway {

/// Refuses the calls of a client to a function that crashes again and again for this client. Each client network has
/// its own budget for each version, so a client with harmful requests does not cut off others. A crash costs one, a
/// call without a crash gives one back. So the budget is used up only if more calls crash than not. Any thread may use
/// it.
class CrashBudget {
 public:
  /// The budget, and how fast it comes back without calls.
  static constexpr Rate kCrashes{.burst = 20, .period = std::chrono::seconds(10)};

  explicit CrashBudget(RateLimiter::Clock clock = std::chrono::steady_clock::now)
      : limiter_(kMostKeys, std::move(clock)) {}

  /// Returns how long the client must wait, or nothing if it may call. Costs one look at an atomic if no call of the
  /// function has crashed.
  [[nodiscard]] std::optional<std::chrono::seconds> must_wait(const Target& target, std::string_view client);
  void ended(const Target& target, std::string_view client, const Ending& ending);

 private:
  static constexpr std::size_t kMostKeys = 20'000;

  RateLimiter limiter_;
};

}  // namespace faasta::gateway
