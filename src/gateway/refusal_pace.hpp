#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/rate_limiter.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// Delays the answers to a client that is refused again and again. Without a delay, such a client sends its next
/// request at once, and the event loops do nothing but refuse. Any thread may use this object.
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
