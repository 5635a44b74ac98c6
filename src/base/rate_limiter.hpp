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

/// A token bucket for each key. Keeps the `most_keys` that were used last, so that a flood of keys costs bounded
/// memory. Any thread.
class RateLimiter {
 public:
  using Clock = std::function<SteadyTime()>;

  explicit RateLimiter(std::size_t most_keys = 100'000, Clock clock = std::chrono::steady_clock::now)
      : most_keys_(most_keys), clock_(std::move(clock)) {}

  /// Nothing: go on. Otherwise how long to wait, in whole seconds.
  [[nodiscard]] std::optional<std::chrono::seconds> take(std::string_view key, const Rate& rate);
  /// The answer that take() would give, without taking anything.
  [[nodiscard]] std::optional<std::chrono::seconds> would_wait(std::string_view key, const Rate& rate);

 private:
  struct Entry {
    std::string key;
    TokenBucket bucket;
  };

  std::size_t most_keys_;
  Clock clock_;
  std::mutex mutex_;
  std::list<Entry> recent_;                                                   // the last used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> entries_;  // keys are those of `recent_`
};

}  // namespace faasta
