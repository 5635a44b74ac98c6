#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"
#include "http/client_network.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// A connection without a request, which ends if another client needs its place.
class Yielding {
 public:
  Yielding() = default;
  Yielding(const Yielding&) = delete;
  Yielding& operator=(const Yielding&) = delete;
  virtual ~Yielding() = default;

  /// Called on the loop of the connection. Ends the connection, if it is still idle.
  virtual void yield() = 0;
};

/// The places of all open connections of a listener, counted by client network. So one client cannot take the places
/// that others need: a network has a limit, some places are only for networks that have none, and if no place is free,
/// an idle connection of the network that has most ends. Any thread may use it. No lock is held during a system call.
class ConnectionPlaces {
  struct Network;

 public:
  struct Limits {
    std::size_t all = 10'000;
    std::size_t of_network = 0;             ///< 0: no limit
    std::uint32_t requests_per_second = 0;  ///< of one network; 0: no limit
    std::size_t reserve = 0;                ///< the part of `all` that is only for networks without a connection
  };
  struct Counts {
    std::uint64_t refused = 0;  ///< clients that got no place
    std::uint64_t yielded = 0;  ///< idle connections that were asked to end for another client
  };

  /// The place of one connection. Destroying it frees the place.
  class Place {
   public:
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { places_.leave(*this); }

    /// The connection is a client's of this network, as a proxy says. False if the network has too many connections.
    /// Call this only for a place that is not counted for a network.
    [[nodiscard]] bool name(const ClientNetwork& network) { return places_.name(*this, network); }
    /// Counts a request that came at `now`. If the network is above its rate of requests, returns the time until which
    /// its connections should not read the next request.
    [[nodiscard]] std::optional<SteadyTime> count_request(SteadyTime now) {
      if (network_ == nullptr || places_.request_cost_.count() == 0) return std::nullopt;
      return places_.count_request(*network_, now);
    }
    /// The connection is idle from now on. If another client needs the place, `connection` is asked to yield, on
    /// `loop`.
    void rest(std::weak_ptr<Yielding> connection, const std::shared_ptr<asio::io_context>& loop) {
      places_.rest(*this, std::move(connection), loop);
    }
    /// The connection is not idle any more. It does not have to yield, even if it was asked a moment before.
    void use() { places_.use(*this); }

   private:
    friend ConnectionPlaces;
    explicit Place(ConnectionPlaces& places) : places_(places) {}

    ConnectionPlaces& places_;
    Network* network_ = nullptr;  ///< null: the place is not counted for a network
    bool is_idle_ = false;
    std::list<Place*>::iterator in_idle_;  ///< valid while is_idle_
    std::weak_ptr<Yielding> connection_;
    std::weak_ptr<asio::io_context> loop_;
    bool leaves_ = false;  ///< the connection was asked to yield
  };

  explicit ConnectionPlaces(const Limits& limits);
  ConnectionPlaces(const ConnectionPlaces&) = delete;
  ConnectionPlaces& operator=(const ConnectionPlaces&) = delete;
  ~ConnectionPlaces();

  /// Gives a new connection a place. Null if the client must be disconnected.
  [[nodiscard]] std::unique_ptr<Place> enter(const ClientNetwork& network);
  /// Gives a connection of a trusted proxy a place. It counts for no network, because it is for many clients.
  [[nodiscard]] std::unique_ptr<Place> enter();
  /// Whether no client can get a place now. Then further clients should wait in the kernel's queue.
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] Counts counts() const;

 private:
  /// The connections that were asked to yield and are still open. If there are more, new clients wait.
  static constexpr std::size_t kMostLeaving = 64;

  struct Network {
    explicit Network(const ClientNetwork& address_of) : address(address_of) {}

    const ClientNetwork address;
    std::size_t connections = 0;  ///< without the connections that were asked to yield
    std::size_t leaving = 0;
    std::list<Place*> idle;  ///< the connection that has been idle longest is the first
    /// Each request moves this time on. Above the present time, the network is above its rate.
    std::atomic<SteadyTime> requests_until{SteadyTime()};
  };
  using Asked = std::pair<std::weak_ptr<Yielding>, std::weak_ptr<asio::io_context>>;

  std::optional<SteadyTime> count_request(Network& network, SteadyTime now) const;
  bool name(Place& place, const ClientNetwork& network);
  void rest(Place& place, std::weak_ptr<Yielding> connection, const std::shared_ptr<asio::io_context>& loop);
  void use(Place& place);
  void leave(Place& place);

  // The mutex is locked when the functions below are called.
  Network& of(const ClientNetwork& network);
  void drop_unused(Network& network);
  [[nodiscard]] bool at_limit(const Network& network) const noexcept;
  /// The network that has most connections, of those with an idle one. Null if there is none.
  [[nodiscard]] Network* largest() const;
  Asked ask_to_yield(Network& network);
  [[nodiscard]] bool may_ask(const Network* from, const Network& network) const noexcept;
  static void remove_idle(Place& place);
  template <class Change>
  void change(Network& network, Change change);

  static void ask(const Asked& asked);

  const Limits limits_;
  const std::chrono::nanoseconds request_cost_;  ///< 0: no limit
  mutable std::mutex mutex_;
  std::unordered_map<ClientNetwork, Network> networks_;  ///< the networks that have connections
  std::set<std::pair<std::size_t, Network*>> by_size_;   ///< the networks that have an idle connection
  std::size_t open_ = 0;                                 ///< all connections, without those that were asked to yield
  std::size_t leaving_ = 0;
  Counts counts_;
};

/// Does nothing for a connection without a place, as unit tests make it.
inline void rest(const std::unique_ptr<ConnectionPlaces::Place>& place, std::weak_ptr<Yielding> connection,
                 const std::shared_ptr<asio::io_context>& loop) {
  if (place) place->rest(std::move(connection), loop);
}
[[nodiscard]] inline std::optional<SteadyTime> count_request(const std::unique_ptr<ConnectionPlaces::Place>& place,
                                                             SteadyTime now) {
  return place ? place->count_request(now) : std::nullopt;
}
inline void use(const std::unique_ptr<ConnectionPlaces::Place>& place) {
  if (place) place->use();
}

}  // namespace faasta::http
