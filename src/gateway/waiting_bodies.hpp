#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/wakeable.hpp"
#include "http/client.hpp"

namespace faasta::gateway {

/// The calls whose guests wait for nothing but bytes of their clients' bodies. Such a call has no place in a turnstile,
/// but it has an instance. So the waiting bodies have limits of their own. Any thread may use it.
class WaitingBodies {
  struct One;

 public:
  struct Limits {
    std::uint32_t of_network = 16;  ///< slow ones of one client network
    std::uint32_t of_owner = 1000;
    std::uint32_t all = 1000;
  };

  /// One call that waits. Destroying it ends the wait.
  class Waiting {
   public:
    Waiting(WaitingBodies& bodies, std::list<One>::iterator place) : bodies_(&bodies), place_(place) {}
    Waiting(Waiting&& other) noexcept : bodies_(std::exchange(other.bodies_, nullptr)), place_(other.place_) {}
    Waiting& operator=(Waiting&&) = delete;
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() {
      if (bodies_ != nullptr) bodies_->leave(place_);
    }

    /// The client is slow. Counts the call for the client's network. False if the network has as many slow bodies as it
    /// may. A trusted proxy that has not named its client has no limit.
    [[nodiscard]] bool is_slow() { return bodies_->count_slow(*place_); }
    /// Whether the call must end, because others need its part of the limits.
    [[nodiscard]] bool must_end() const { return place_->must_end.load(std::memory_order_relaxed); }

   private:
    WaitingBodies* bodies_;
    std::list<One>::iterator place_;
  };

  explicit WaitingBodies(const Limits& limits) : limits_(limits) {}

  /// A call of this owner waits from now on. If a limit is reached, another call must end, and its waker is woken: of
  /// the client network that has most of them, the one that has waited longest. Fails with busy_server if as many calls
  /// have to end already.
  [[nodiscard]] Result<Waiting> enter(const http::Client& client, OwnerId owner, WakeRef<> waker);
  [[nodiscard]] std::uint32_t now() const { return count_.load(std::memory_order_relaxed); }

 private:
  struct One {
    std::optional<http::ClientNetwork> network;  ///< nothing: a trusted proxy that has not named its client
    OwnerId owner;
    WakeRef<> waker;
    bool slow = false;
    std::atomic<bool> must_end{false};
  };

  void leave(std::list<One>::iterator place);
  bool count_slow(One& one);
  /// Makes a call end, of this owner or of all.
  void end_one(std::optional<OwnerId> owner);

  const Limits limits_;
  std::mutex mutex_;
  std::list<One> waiting_;  ///< in the order in which they began to wait
  // These have an entry only for networks and owners with a waiting call.
  std::unordered_map<http::ClientNetwork, std::uint32_t> slow_of_networks_;
  std::unordered_map<OwnerId, std::uint32_t> of_owners_;
  std::unordered_map<OwnerId, std::uint32_t> ending_of_owners_;  ///< those that must end
  std::size_t ending_ = 0;                                       ///< of all owners
  std::atomic<std::uint32_t> count_{0};
};

}  // namespace faasta::gateway
