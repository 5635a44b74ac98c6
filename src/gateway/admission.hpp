#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

#include "base/error.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// So many calls at once, and so many more that wait for a short time in the order they came. Any thread.
class Turnstile {
 public:
  Turnstile(std::uint32_t most, std::uint32_t most_waiting) : most_(most), most_waiting_(most_waiting) {}

  /// One call that was let in.
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

  /// Lets the exchange in, at once or within `patience`; fails with `refusal`. `self` is what holds this turnstile.
  [[nodiscard]] static Task<Result<Permit>> enter(std::shared_ptr<Turnstile> self, http::Exchange& exchange,
                                                  std::chrono::milliseconds patience, Code refusal);

  [[nodiscard]] std::uint32_t inside() const;

 private:
  struct Waiting {
    WakeRef<> waker;
    std::atomic<bool> let_in{false};
  };

  /// Null: let in. Otherwise a place in the queue, or `full`.
  std::shared_ptr<Waiting> try_enter(http::Exchange& exchange, bool& full);
  /// Whether the place had been let in before it was given up.
  bool give_up(const std::shared_ptr<Waiting>& place);
  void leave();

  std::uint32_t most_;
  std::uint32_t most_waiting_;
  mutable std::mutex mutex_;
  std::uint32_t inside_ = 0;
  std::list<std::shared_ptr<Waiting>> queue_;  // without an element it has no memory, which a deque has
};

}  // namespace faasta::gateway
