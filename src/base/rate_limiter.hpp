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

namespace faasta {

/// A token bucket for each key: `burst` at once, and as many again in `period`. Keeps the `most_keys` that were used
/// last, so that a flood of keys costs bounded memory. Any thread.
class RateLimiter {
 public:
  using Clock = std::function<SteadyTime()>;

  RateLimiter(double burst, std::chrono::milliseconds period, std::size_t most_keys = 100'000,
              Clock clock = std::chrono::steady_clock::now)
      : burst_(burst),
        per_ms_(burst / static_cast<double>(period.count())),
        most_keys_(most_keys),
        clock_(std::move(clock)) {}

  /// Nothing: go on. Otherwise how long to wait, in whole seconds.
  [[nodiscard]] std::optional<std::chrono::seconds> take(std::string_view key);
  /// As `take`, of a bucket with a figure of its own.
  [[nodiscard]] std::optional<std::chrono::seconds> take(std::string_view key, double burst,
                                                         std::chrono::milliseconds period);

 private:
  struct Bucket {
    std::string key;
    double left;
    SteadyTime at;
  };
  std::optional<std::chrono::seconds> take_from(std::string_view key, double burst, double per_ms);

  double burst_;
  double per_ms_;
  std::size_t most_keys_;
  Clock clock_;
  std::mutex mutex_;
  std::list<Bucket> recent_;                                                   // the last used first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> buckets_;  // keys are those of `recent_`
};

}  // namespace faasta
