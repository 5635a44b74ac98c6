#include "base/rate_limiter.hpp"

namespace faasta {

TokenBucket& RateLimiter::bucket(std::string_view key, const Rate& rate, SteadyTime now) {
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (recent_.size() >= most_keys_) {
      entries_.erase(recent_.back().key);
      recent_.pop_back();
    }
    recent_.push_front({std::string(key), TokenBucket(rate, now)});
    found = entries_.emplace(recent_.front().key, recent_.begin()).first;
  } else {
    recent_.splice(recent_.begin(), recent_, found->second);
  }
  return found->second->bucket;
}

std::optional<std::chrono::seconds> RateLimiter::take(std::string_view key, const Rate& rate) {
  const std::scoped_lock lock(mutex_);
  const SteadyTime now = clock_();
  return bucket(key, rate, now).take(rate, now);
}

void RateLimiter::spend(std::string_view key, const Rate& rate, double amount) {
  const std::scoped_lock lock(mutex_);
  const SteadyTime now = clock_();
  bucket(key, rate, now).spend(rate, now, amount);
}

std::optional<std::chrono::seconds> RateLimiter::would_wait(std::string_view key, const Rate& rate) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  TokenBucket copy = found->second->bucket;
  return copy.take(rate, clock_());
}

}  // namespace faasta
