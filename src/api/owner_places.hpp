#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/ids.hpp"

namespace faasta::api {

/// What is under way of one kind, deploys or streams, so that no owner has more than a share of it. Any thread.
class OwnerPlaces {
 public:
  /// One of an owner's.
  class Place {
   public:
    Place(OwnerPlaces& places, OwnerId owner) : places_(&places), owner_(owner) {}
    Place(Place&& other) noexcept : places_(std::exchange(other.places_, nullptr)), owner_(other.owner_) {}
    Place& operator=(Place&&) = delete;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (places_ != nullptr) places_->leave(owner_);
    }

   private:
    OwnerPlaces* places_;
    OwnerId owner_;
  };

  /// Nothing if the owner has `most` already.
  [[nodiscard]] std::optional<Place> enter(OwnerId owner, std::uint32_t most) {
    const std::scoped_lock lock(mutex_);
    std::uint32_t& count = counts_[owner];
    if (count >= most) return std::nullopt;
    ++count;
    return std::optional<Place>(std::in_place, *this, owner);
  }

 private:
  void leave(OwnerId owner) {
    const std::scoped_lock lock(mutex_);
    const auto found = counts_.find(owner);
    if (--found->second == 0) counts_.erase(found);
  }

  std::mutex mutex_;
  std::unordered_map<OwnerId, std::uint32_t> counts_;  // of owners with something under way
};

}  // namespace faasta::api
