#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "gateway/queue_pace.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// Admits at most `most` calls at a time. Up to `most_waiting` further calls wait in order, for a limited time. Any
/// thread may use it.
class Turnstile {
 public:
  /// `now`: the clock; tests have one of their own.
  Turnstile(std::uint32_t most, std::uint32_t most_waiting, SteadyTime (*now)() = std::chrono::steady_clock::now)
      : most_(most), most_waiting_(most_waiting), now_(now) {}

  /// Holds the place of one admitted call. Destroying the permit frees the place.
  class Permit {
   public:
    Permit() = default;
    explicit Permit(std::shared_ptr<Turnstile> turnstile) : turnstile_(std::move(turnstile)) {}
    Permit(Permit&&) = default;
    Permit& operator=(Permit&& other) noexcept {
      leave();
      turnstile_ = std::move(other.turnstile_);
      return *this;
    }
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;
    ~Permit() { leave(); }

   private:
    void leave() {
      if (turnstile_) turnstile_->leave();
      turnstile_.reset();
    }
    std::shared_ptr<Turnstile> turnstile_;
  };

  /// Returns how long an exchange that comes now will probably wait; `patience` or more if the queue is full. The pace
  /// of the queue is measured over periods of half of `patience`, because a call that would wait
  /// for one period is refused at once.
  [[nodiscard]] std::chrono::nanoseconds expected_wait(std::chrono::milliseconds patience);
  /// Admits the exchange now, or after waiting for at most `patience`. Fails with `refusal` if the queue is full, or if
  /// the time has passed. `self`: a shared pointer to this turnstile.
  [[nodiscard]] static Task<Result<Permit>> enter(std::shared_ptr<Turnstile> self, http::Exchange& exchange,
                                                  std::chrono::milliseconds patience, Code refusal);

  [[nodiscard]] std::uint32_t inside() const;

 private:
  struct Waiting {
    WakeRef<> waker;
    std::atomic<bool> let_in{false};
  };

  /// Returns null if the exchange was admitted. Also returns null, and sets `full`, if the queue is full. Otherwise
  /// returns the place of the exchange in the queue.
  std::shared_ptr<Waiting> try_enter(http::Exchange& exchange, std::chrono::milliseconds patience, bool& full);
  /// Leaves the queue. True if the exchange of this place was already admitted.
  bool give_up(const std::shared_ptr<Waiting>& place);
  void leave();

  std::uint32_t most_;
  std::uint32_t most_waiting_;
  SteadyTime (*now_)();
  mutable std::mutex mutex_;
  std::uint32_t inside_ = 0;
  std::list<std::shared_ptr<Waiting>>
      queue_;  // a list, because an empty list has no memory of its own; an empty deque has
  QueuePace pace_;
  std::atomic<bool> has_queue_{false};  ///< so that expected_wait() takes no mutex while no exchange waits
};

}  // namespace faasta::gateway
