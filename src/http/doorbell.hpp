#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "base/wakeable.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// Wakes one coroutine on its loop. Any thread may call wake(). A call of wake() or wake_on_loop() is a ring; several
/// rings before a wait count as one.
class Doorbell final : public Wakeable {
 public:
  /// The bell may live longer than the loop, so it has a weak pointer to the loop. A shared pointer would make a cycle:
  /// a ring that is queued in the loop has a pointer to the bell.
  static WakeRef<Doorbell> make(const std::shared_ptr<asio::io_context>& loop) {
    return WakeRef<Doorbell>::adopt(new Doorbell(loop));
  }

  /// Makes another bell for the same loop.
  [[nodiscard]] WakeRef<Doorbell> another() const { return WakeRef<Doorbell>::adopt(new Doorbell(loop_)); }

  void wake() noexcept override;
  /// Rings the bell from a handler that runs on the loop. The waiting coroutine runs at once, before this function
  /// returns.
  void wake_on_loop();

  /// Returns after a ring. If the bell has rung already, the loop first runs its other handlers. Otherwise a guest that
  /// wakes itself all the time would stop the other connections.
  [[nodiscard]] Task<> wait();
  /// Calls `then` once, on the loop, after a ring. An object that waits without a coroutine uses this instead of
  /// wait().
  void when_rung(std::move_only_function<void()> then);

 private:
  explicit Doorbell(std::weak_ptr<asio::io_context> loop) : loop_(std::move(loop)) {}
  ~Doorbell() override = default;
  void answer();

  std::weak_ptr<asio::io_context> loop_;
  std::atomic<bool> rung_{false};
  std::move_only_function<void()> waiting_;  // used on the loop's thread only
};

}  // namespace faasta::http
