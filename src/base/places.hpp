#pragma once

#include <concepts>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

namespace faasta {

/// Limits how many operations of one kind, such as deploys, are under way at a time: in total, or for each `Key`, such
/// as an owner. Callers do not wait: if no place is free, enter() returns nothing. Any thread may use it.
template <class Key = std::monostate>
class Places {
 public:
  /// Counts as one operation that is under way, until the Place is destroyed.
  class Place {
   public:
    Place(Places& places, Key key) : places_(&places), key_(std::move(key)) {}
    Place(Place&& other) noexcept : places_(std::exchange(other.places_, nullptr)), key_(std::move(other.key_)) {}
    Place& operator=(Place&&) = delete;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (places_ != nullptr) places_->leave(key_);
    }

   private:
    Places* places_;
    Key key_;
  };

  /// Returns nothing if `key` already has `most` places.
  [[nodiscard]] std::optional<Place> enter(const Key& key, std::uint32_t most) {
    const std::scoped_lock lock(mutex_);
    const auto found = taken_.find(key);
    const std::uint32_t taken = found == taken_.end() ? 0 : found->second;
    if (taken >= most) return std::nullopt;
    taken_[key] = taken + 1;
    return std::optional<Place>(std::in_place, *this, key);
  }
  /// Returns nothing if `most` places are already taken.
  [[nodiscard]] std::optional<Place> enter(std::uint32_t most)
    requires std::same_as<Key, std::monostate>
  {
    return enter(Key{}, most);
  }

 private:
  void leave(const Key& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = taken_.find(key);
    if (--found->second == 0) taken_.erase(found);
  }

  std::mutex mutex_;
  std::unordered_map<Key, std::uint32_t> taken_;  // a key has an entry only while it has places
};

}  // namespace faasta
