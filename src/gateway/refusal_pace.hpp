#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/rate_limiter.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// Answers a client later that is refused again and again. A refusal at once costs such a client nothing: it sends the
/// next request at once, and the event loops work for refusals alone. Any thread may use it.
class RefusalPace {
 public:
  /// So many refusals of a client network are answered at once.
  static constexpr Rate kAtOnce{.burst = 50, .period = std::chrono::seconds(1)};
  /// All further ones are answered later, after a time between these. Refusals of the same moment get different times,
  /// so that their clients do not come back in the same moment.
  static constexpr std::chrono::milliseconds kSoonest{200};
  static constexpr std::chrono::milliseconds kLatest{400};
  /// The most refusals that wait, of all clients. Each holds a request in memory. Further ones are answered at once.
  static constexpr std::uint32_t kMostWaiting = 2000;

  explicit RefusalPace(RateLimiter::Clock clock = std::chrono::steady_clock::now)
      : refusals_(kMostNetworks, std::move(clock)) {}

  /// Returns when the refusal should be answered, or when the client is gone. A trusted proxy that has not named its
  /// client never waits: it may speak for many clients.
  [[nodiscard]] Task<> wait(http::Exchange& exchange);
  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kMostNetworks = 20'000;

  [[nodiscard]] std::chrono::milliseconds next_delay() noexcept;

  RateLimiter refusals_;
  std::atomic<std::uint32_t> delays_{0};
  std::atomic<std::uint32_t> waiting_{0};
};

}  // namespace faasta::gateway
