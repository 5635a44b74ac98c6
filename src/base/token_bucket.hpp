#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "base/clock.hpp"

namespace faasta {

/// A token bucket starts with `burst` tokens and gets `burst` more in each `period`.
struct Rate {
  double burst;
  std::chrono::milliseconds period;
};

/// Only one thread may use it at a time.
class TokenBucket {
 public:
  TokenBucket(const Rate& rate, SteadyTime now) : left_(rate.burst), at_(now) {}

  /// Takes a token. Returns nothing if there was a token. Otherwise returns the time until the next token, in whole
  /// seconds. The rate can differ from the rate of the previous call.
  [[nodiscard]] std::optional<std::chrono::seconds> take(const Rate& rate, SteadyTime now) {
    const double per_ms = rate.burst / static_cast<double>(rate.period.count());
    left_ = left_at(rate, now);
    at_ = now;
    if (left_ >= 1) {
      left_ -= 1;
      return std::nullopt;
    }
    constexpr double kRounding = 1e-6;  // the rounding error of a sum of fractions
    return std::chrono::seconds(std::max(1, static_cast<int>(std::ceil((1 - left_) / per_ms / 1000 - kRounding))));
  }

  /// Takes `amount` tokens, also if the bucket has fewer. Then the bucket has a debt, and take() waits until it is
  /// paid.
  void spend(const Rate& rate, SteadyTime now, double amount) {
    left_ = left_at(rate, now) - amount;
    at_ = now;
  }

  /// Returns how many tokens the bucket has. Negative: a debt.
  [[nodiscard]] double left(const Rate& rate, SteadyTime now) const { return left_at(rate, now); }
  /// Whether the bucket is as full as a new bucket.
  [[nodiscard]] bool is_full(const Rate& rate, SteadyTime now) const { return left_at(rate, now) >= rate.burst; }

 private:
  [[nodiscard]] double left_at(const Rate& rate, SteadyTime now) const {
    const double per_ms = rate.burst / static_cast<double>(rate.period.count());
    const double passed = std::chrono::duration<double, std::milli>(now - at_).count();
    return std::min(rate.burst, left_ + passed * per_ms);
  }

  double left_;
  SteadyTime at_;
};

}  // namespace faasta
