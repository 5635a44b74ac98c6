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

Result<WaitingBodies::Waiting> WaitingBodies::enter(const http::Client& client, OwnerId owner, WakeRef<> waker) {
  const std::scoped_lock lock(mutex_);
  const std::uint32_t owners = count_of(of_owners_, owner);
  // The calls that must end are still counted until their loops have ended them.
  if (owners >= 2 * limits_.of_owner || waiting_.size() >= std::size_t{2} * limits_.all)
    return fail_for_now(Code::busy_server, "too many calls wait for their bodies", kRetry);
  // A call may begin to wait again before the call that made room for it has ended. It must not cost a second one.
  if (owners - count_of(ending_of_owners_, owner) >= limits_.of_owner) {
    end_one(owner);
  } else if (waiting_.size() - ending_ >= limits_.all) {
    end_one({});
  }
  One& one = waiting_.emplace_back();
  if (!client.is_proxy) one.network = client.network;
  one.owner = owner;
  one.waker = std::move(waker);
  ++of_owners_[owner];
  count_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_relaxed);
  return Waiting(*this, std::prev(waiting_.end()));
}

bool WaitingBodies::count_slow(One& one) {
  if (!one.network) return true;
  const std::scoped_lock lock(mutex_);
  if (count_of(slow_of_networks_, *one.network) >= limits_.of_network) return false;
  one.slow = true;
  ++slow_of_networks_[*one.network];
  return true;
}

void WaitingBodies::end_one(std::optional<OwnerId> owner) {
  const auto may_end = [owner](const One& one) {
    return (!owner || one.owner == *owner) && !one.must_end.load(std::memory_order_relaxed);
  };
  std::unordered_map<http::ClientNetwork, std::uint32_t> counts;
  for (const One& one : waiting_) {
    if (one.network && may_end(one)) ++counts[*one.network];
  }
  One* chosen = nullptr;
  std::uint32_t most = 0;
  for (One& one : waiting_) {
    if (!may_end(one)) continue;
    const std::uint32_t count = one.network ? counts[*one.network] : 1;
    if (count > most) chosen = &one;
    most = std::max(most, count);
  }
  if (chosen == nullptr) return;
  chosen->must_end.store(true, std::memory_order_relaxed);
  ++ending_;
  ++ending_of_owners_[chosen->owner];
  chosen->waker->wake();
}

void WaitingBodies::leave(std::list<One>::iterator place) {
  const std::scoped_lock lock(mutex_);
  if (place->slow) remove_one(slow_of_networks_, *place->network);
  remove_one(of_owners_, place->owner);
  if (place->must_end.load(std::memory_order_relaxed)) {
    --ending_;
    remove_one(ending_of_owners_, place->owner);
  }
  waiting_.erase(place);
  count_.store(static_cast<std::uint32_t>(waiting_.size()), std::memory_order_relaxed);
}

}  // namespace faasta::gateway
