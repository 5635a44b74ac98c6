#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"
#include "base/sha256.hpp"

namespace faasta::identity {

using Clock = std::function<SteadyTime()>;

/// Stores values under secrets that strangers may try to guess. The map finds a value by the digest of its secret. So
/// the time of a look-up reveals nothing about the secret. A value is dropped after the time `life`. If there are
/// already `most` values, the oldest value is dropped. Only one thread may use it at a time.
template <class Value>
class ExpiringMap {
 public:
  ExpiringMap(std::size_t most, std::chrono::seconds life, Clock clock)
      : most_(most), life_(life), clock_(std::move(clock)) {}

  void put(std::string_view secret, Value value) {
    drop_expired();
    if (entries_.size() >= most_) drop_oldest();
    const Sha256 key = sha256(secret);
    oldest_first_.push_back(Entry{key, clock_() + life_, std::move(value)});
    entries_.insert_or_assign(key, std::prev(oldest_first_.end()));
  }

  /// Returns the value; null if there is none or it has expired. The pointer is valid until the next call.
  [[nodiscard]] Value* find(std::string_view secret) {
    drop_expired();
    const auto found = entries_.find(sha256(secret));
    return found == entries_.end() ? nullptr : &found->second->value;
  }

  /// Removes the value and returns it.
  [[nodiscard]] std::optional<Value> take(std::string_view secret) {
    drop_expired();
    const auto found = entries_.find(sha256(secret));
    if (found == entries_.end()) return std::nullopt;
    std::optional<Value> out(std::move(found->second->value));
    oldest_first_.erase(found->second);
    entries_.erase(found);
    return out;
  }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    Sha256 key;
    SteadyTime expires;
    Value value;
  };

  void drop_oldest() {
    entries_.erase(oldest_first_.front().key);
    oldest_first_.pop_front();
  }

  // All values have the same life, so the oldest expires first.
  void drop_expired() {
    const SteadyTime now = clock_();
    while (!oldest_first_.empty() && oldest_first_.front().expires <= now) drop_oldest();
  }

  std::size_t most_;
  std::chrono::seconds life_;
  Clock clock_;
  std::list<Entry> oldest_first_;
  std::unordered_map<Sha256, typename std::list<Entry>::iterator, Sha256Hash> entries_;
};

}  // namespace faasta::identity
