#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/token_bucket.hpp"

namespace faasta {

/// A token bucket for each key. Only the `most_keys` keys that were used last have a bucket. So callers with many
/// different keys cannot use up memory. Any thread may use this object.
class RateLimiter {
 public:
  using Clock = std::function<SteadyTime()>;

  explicit RateLimiter(std::size_t most_keys = 100'000, Clock clock = std::chrono::steady_clock::now)
      : most_keys_(most_keys), clock_(std::move(clock)) {}

  /// Takes a token from the bucket of `key`. Returns nothing if there was a token. Otherwise returns the time until the
  /// next token, in whole seconds.
  [[nodiscard]] std::optional<std::chrono::seconds> take(std::string_view key, const Rate& rate);
  /// Returns the same result as take(), but takes no token.
  [[nodiscard]] std::optional<std::chrono::seconds> would_wait(std::string_view key, const Rate& rate);
  /// Takes `amount` tokens from the bucket of `key`, also if it has fewer (TokenBucket::spend).
  void spend(std::string_view key, const Rate& rate, double amount);

 private:
  struct Entry {
    std::string key;
    TokenBucket bucket;
  };

  /// Returns the bucket of `key`. Makes a full one if there is none.
  TokenBucket& bucket(std::string_view key, const Rate& rate, SteadyTime now);

  std::size_t most_keys_;
  Clock clock_;
  std::mutex mutex_;
  std::list<Entry> recent_;                                                   // the most recently used key comes first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> entries_;  // the keys point into `recent_`
};

}  // namespace faasta
