#include "gateway/waiting_bodies.hpp"

#include <algorithm>

namespace faasta::gateway {
namespace {

constexpr std::chrono::seconds kRetry{1};

template <class Key>
void remove_one(std::unordered_map<Key, std::uint32_t>& counts, const Key& key) {
  const auto found = counts.find(key);
  if (--found->second == 0) counts.erase(found);
}

template <class Key>
std::uint32_t count_of(const std::unordered_map<Key, std::uint32_t>& counts, const Key& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

Result<WaitingBodies::Waiting> WaitingBodies::enter(OwnerId owner, WakeRef<> waker) {
  const std::scoped_lock lock(mutex_);
  const std::uint32_t owners = count_of(of_owners_, owner);
  // The calls that must end are still counted until their loops have ended them.
  if (owners >= 2 * limits_.of_owner || waiting_.size() >= std::size_t{2} * limits_.all)
    return fail_for_now(Code::busy_server, "too many calls wait for their bodies", kRetry);
  if (owners >= limits_.of_owner) end_longest(owner);
  if (waiting_.size() >= limits_.all) end_longest({});
  waiting_.emplace_back();
  One& one = waiting_.back();
  one.owner = owner;
  one.waker = std::move(waker);
  ++of_owners_[owner];
  count_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_relaxed);
  return Waiting(*this, std::prev(waiting_.end()));
}

bool WaitingBodies::count_slow(One& one, const http::ClientNetwork& network) {
  const std::scoped_lock lock(mutex_);
  if (count_of(of_networks_, network) >= limits_.of_network) return false;
  one.network = network;
  ++of_networks_[network];
  return true;
}

void WaitingBodies::end_longest(std::optional<OwnerId> owner) {
  const auto found = std::ranges::find_if(waiting_, [owner](const One& one) {
    return (!owner || one.owner == *owner) && !one.must_end.load(std::memory_order_relaxed);
  });
  if (found == waiting_.end()) return;
  found->must_end.store(true, std::memory_order_relaxed);
  found->waker->wake();
}

void WaitingBodies::leave(std::list<One>::iterator place) {
  const std::scoped_lock lock(mutex_);
  if (place->network) remove_one(of_networks_, *place->network);
  remove_one(of_owners_, place->owner);
  waiting_.erase(place);
  count_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_relaxed);
}

}  // namespace faasta::gateway
