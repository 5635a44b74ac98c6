#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/sha256.hpp"

namespace faasta::gateway {

/// Values by digest, limited by their costs. A value counts for the owner for whom it was kept first. In a full cache,
/// an owner with more than a quarter drops own values for a new one, and any other owner drops the value that was not
/// used for the longest time. So an owner never takes more than a quarter from the others. Any thread may use it.
template <class Value>
class DigestCache {
 public:
  explicit DigestCache(std::size_t most) : most_(most) {}

  [[nodiscard]] std::shared_ptr<const Value> find(const Sha256& sha256) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(sha256);
    if (found == entries_.end()) return nullptr;
    Entry& entry = found->second;
    recent_.splice(recent_.begin(), recent_, entry.used);
    Owner& owner = owners_.at(entry.owner);
    owner.recent.splice(owner.recent.begin(), owner.recent, entry.used_of_owner);
    entry.used_in = sweeps_;
    return entry.value;
  }
  void keep(const Sha256& sha256, OwnerId of, std::shared_ptr<const Value> value, std::size_t cost) {
    std::vector<std::shared_ptr<const Value>> dropped;  // before the lock: a large value is destroyed after it
    const std::scoped_lock lock(mutex_);
    if (entries_.contains(sha256)) return;
    Owner& owner = owners_[of];
    recent_.push_front(sha256);
    owner.recent.push_front(sha256);
    entries_.emplace(sha256, Entry{std::move(value), cost, of, recent_.begin(), owner.recent.begin(), sweeps_});
    cost_ += cost;
    owner.cost += cost;
    // The new value is the first of its owner, and it stays.
    while (cost_ > most_ && entries_.size() > 1) {
      const bool drops_own = owner.cost > most_ / kPartOfOwner && owner.recent.size() > 1;
      dropped.push_back(take(drops_own ? owner.recent.back() : recent_.back()));
    }
  }
  /// Drops the values that were not used during the last kIdleSweeps calls of this function.
  void drop_idle() {
    std::vector<std::shared_ptr<const Value>> dropped;
    const std::scoped_lock lock(mutex_);
    ++sweeps_;
    while (!recent_.empty() && sweeps_ - entries_.at(recent_.back()).used_in > kIdleSweeps)
      dropped.push_back(take(recent_.back()));
  }
  [[nodiscard]] std::size_t cost() const {
    const std::scoped_lock lock(mutex_);
    return cost_;
  }

 private:
  static constexpr std::uint64_t kIdleSweeps = 4;
  static constexpr std::size_t kPartOfOwner = 4;
  using Recent = std::list<Sha256>;  // the last used digest first
  struct Owner {
    Recent recent;  // never empty
    std::size_t cost = 0;
  };
  struct Entry {
    std::shared_ptr<const Value> value;
    std::size_t cost = 0;
    OwnerId owner{};
    Recent::iterator used;
    Recent::iterator used_of_owner;
    std::uint64_t used_in = 0;
  };
  /// `sha256`: a copy, because the entries of the lists are erased.
  [[nodiscard]] std::shared_ptr<const Value> take(const Sha256 sha256) {
    const auto found = entries_.find(sha256);
    Entry& entry = found->second;
    const auto owner = owners_.find(entry.owner);
    cost_ -= entry.cost;
    owner->second.cost -= entry.cost;
    owner->second.recent.erase(entry.used_of_owner);
    if (owner->second.recent.empty()) owners_.erase(owner);
    recent_.erase(entry.used);
    auto value = std::move(entry.value);
    entries_.erase(found);
    return value;
  }

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<Sha256, Entry, Sha256Hash> entries_;
  std::unordered_map<OwnerId, Owner> owners_;
  Recent recent_;
  std::size_t cost_ = 0;
  std::uint64_t sweeps_ = 0;
};

}  // namespace faasta::gateway
