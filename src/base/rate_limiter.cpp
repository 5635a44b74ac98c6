#include "base/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace faasta {

std::optional<std::chrono::seconds> RateLimiter::take(std::string_view key) { return take_from(key, burst_, per_ms_); }

std::optional<std::chrono::seconds> RateLimiter::take(std::string_view key, double burst,
                                                      std::chrono::milliseconds period) {
  return take_from(key, burst, burst / static_cast<double>(period.count()));
}

std::optional<std::chrono::seconds> RateLimiter::take_from(std::string_view key, double burst, double per_ms) {
  const std::scoped_lock lock(mutex_);
  const SteadyTime now = clock_();
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (recent_.size() >= most_keys_) {
      buckets_.erase(recent_.back().key);
      recent_.pop_back();
    }
    recent_.push_front({std::string(key), burst, now});
    found = buckets_.emplace(recent_.front().key, recent_.begin()).first;
  } else {
    recent_.splice(recent_.begin(), recent_, found->second);
  }
  Bucket& bucket = *found->second;
  const double passed = std::chrono::duration<double, std::milli>(now - bucket.at).count();
  bucket.left = std::min(burst, bucket.left + passed * per_ms);
  bucket.at = now;
  if (bucket.left >= 1) {
    bucket.left -= 1;
    return std::nullopt;
  }
  constexpr double kRounding = 1e-6;  // what a sum of fractions may be off
  return std::chrono::seconds(std::max(1, static_cast<int>(std::ceil((1 - bucket.left) / per_ms / 1000 - kRounding))));
}

}  // namespace faasta
