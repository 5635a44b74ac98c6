#include "http/connection_places.hpp"

#include <cassert>
#include <optional>

namespace faasta::http {

ConnectionPlaces::ConnectionPlaces(const Limits& limits)
    : limits_(limits),
      request_cost_(limits.requests_per_second == 0
                        ? std::chrono::nanoseconds(0)
                        : std::chrono::nanoseconds(std::chrono::seconds(1)) / limits.requests_per_second) {}

ConnectionPlaces::~ConnectionPlaces() { assert(open_ == 0 && leaving_ == 0); }

/// Changes a network, and keeps its rank among the networks with idle connections.
template <class Change>
void ConnectionPlaces::change(Network& network, Change change) {
  if (!network.idle.empty()) by_size_.erase({network.connections, &network});
  change();
  if (!network.idle.empty()) by_size_.emplace(network.connections, &network);
}

ConnectionPlaces::Network& ConnectionPlaces::of(const ClientNetwork& network) {
  return networks_.try_emplace(network, network).first->second;
}

void ConnectionPlaces::drop_unused(Network& network) {
  if (network.connections == 0 && network.leaving == 0) networks_.erase(ClientNetwork(network.address));
}

bool ConnectionPlaces::at_limit(const Network& network) const noexcept {
  return limits_.of_network > 0 && network.connections >= limits_.of_network;
}

ConnectionPlaces::Network* ConnectionPlaces::largest() const {
  return by_size_.empty() ? nullptr : by_size_.rbegin()->second;
}

void ConnectionPlaces::remove_idle(Place& place) {
  place.network_->idle.erase(place.in_idle_);
  place.is_idle_ = false;
}

ConnectionPlaces::Asked ConnectionPlaces::ask_to_yield(Network& network) {
  Place& place = *network.idle.front();
  change(network, [&] {
    remove_idle(place);
    --network.connections;
    ++network.leaving;
  });
  place.leaves_ = true;
  --open_;
  ++leaving_;
  ++counts_.yielded;
  return {place.connection_, place.loop_};
}

/// Asks without the lock, because a loop may free memory or wake a thread.
void ConnectionPlaces::ask(const Asked& asked) {
  if (const auto loop = asked.second.lock())
    asio::post(*loop, [connection = asked.first] {
      if (const auto alive = connection.lock()) alive->yield();
    });
}

/// Whether a connection of `from` may have to end for a new connection of `network`.
bool ConnectionPlaces::may_ask(const Network* from, const Network& network) const noexcept {
  return from != nullptr && !from->idle.empty() && leaving_ < kMostLeaving &&
         (from == &network || from->connections > network.connections);
}

std::unique_ptr<ConnectionPlaces::Place> ConnectionPlaces::enter(const ClientNetwork& address) {
  std::optional<Asked> asked;
  std::unique_ptr<Place> place;
  {
    const std::scoped_lock lock(mutex_);
    Network& network = of(address);
    const bool has_none = network.connections == 0;
    const bool over = at_limit(network);
    if (over || open_ >= limits_.all - (has_none ? 0 : limits_.reserve)) {
      Network* const from = over ? &network : largest();
      if (may_ask(from, network)) {
        asked = ask_to_yield(*from);
      } else if (!has_none) {  // for the others, the listener has asked is_full()
        ++counts_.refused;
        drop_unused(network);
        return nullptr;
      }
    }
    place.reset(new Place(*this));
    place->network_ = &network;
    change(network, [&network] { ++network.connections; });
    ++open_;
  }
  if (asked) ask(*asked);
  return place;
}

std::unique_ptr<ConnectionPlaces::Place> ConnectionPlaces::enter() {
  std::optional<Asked> asked;
  std::unique_ptr<Place> place;
  {
    const std::scoped_lock lock(mutex_);
    if (open_ >= limits_.all && leaving_ < kMostLeaving && largest() != nullptr) asked = ask_to_yield(*largest());
    place.reset(new Place(*this));
    ++open_;
  }
  if (asked) ask(*asked);
  return place;
}

std::optional<SteadyTime> ConnectionPlaces::count_request(Network& network, SteadyTime now) const {
  // A network that has sent few requests may send those of one second at once.
  constexpr std::chrono::seconds kBurst{1};
  // A pause lasts longer than the deadlines of a loop are apart. Otherwise each pause would be for one request.
  constexpr std::chrono::milliseconds kPause{20};
  SteadyTime before = network.requests_until.load(std::memory_order_relaxed);
  SteadyTime after;
  do after = std::max(before, now - kBurst) + request_cost_;
  while (!network.requests_until.compare_exchange_weak(before, after, std::memory_order_relaxed));
  if (after <= now) return std::nullopt;
  return after + kPause;
}

bool ConnectionPlaces::name(Place& place, const ClientNetwork& address) {
  std::optional<Asked> asked;
  {
    const std::scoped_lock lock(mutex_);
    Network& network = of(address);
    if (at_limit(network)) {
      if (!may_ask(&network, network)) {
        ++counts_.refused;
        return false;
      }
      asked = ask_to_yield(network);
    }
    place.network_ = &network;
    change(network, [&network] { ++network.connections; });
  }
  if (asked) ask(*asked);
  return true;
}

void ConnectionPlaces::rest(Place& place, std::weak_ptr<Yielding> connection,
                            const std::shared_ptr<asio::io_context>& loop) {
  if (place.network_ == nullptr) return;
  const std::scoped_lock lock(mutex_);
  if (place.is_idle_ || place.leaves_) return;
  place.connection_ = std::move(connection);
  place.loop_ = loop;
  change(*place.network_, [&place] {
    std::list<Place*>& idle = place.network_->idle;
    place.in_idle_ = idle.insert(idle.end(), &place);
    place.is_idle_ = true;
  });
}

void ConnectionPlaces::use(Place& place) {
  if (place.network_ == nullptr) return;
  const std::scoped_lock lock(mutex_);
  Network& network = *place.network_;
  if (place.is_idle_) {
    change(network, [&place] { remove_idle(place); });
  } else if (std::exchange(place.leaves_, false)) {
    change(network, [&network] {
      ++network.connections;
      --network.leaving;
    });
    ++open_;
    --leaving_;
  }
}

void ConnectionPlaces::leave(Place& place) {
  const std::scoped_lock lock(mutex_);
  (place.leaves_ ? leaving_ : open_)--;
  if (place.network_ == nullptr) return;
  Network& network = *place.network_;
  change(network, [&] {
    if (place.is_idle_) remove_idle(place);
    (place.leaves_ ? network.leaving : network.connections)--;
  });
  drop_unused(network);
}

bool ConnectionPlaces::is_full() const {
  const std::scoped_lock lock(mutex_);
  return open_ >= limits_.all && (by_size_.empty() || leaving_ >= kMostLeaving);
}

ConnectionPlaces::Counts ConnectionPlaces::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

}  // namespace faasta::http
