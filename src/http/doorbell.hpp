#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "base/wakeable.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// Wakes one coroutine on its loop. Rings from any thread; rings before a wait count as one.
class Doorbell final : public Wakeable {
 public:
  /// Those who ring may outlive the loop. It is not held by a share, since a ring that waits in the loop holds the
  /// bell.
  static WakeRef<Doorbell> make(const std::shared_ptr<asio::io_context>& loop) {
    return WakeRef<Doorbell>::adopt(new Doorbell(loop));
  }

  /// Another one on the same loop.
  [[nodiscard]] WakeRef<Doorbell> another() const { return WakeRef<Doorbell>::adopt(new Doorbell(loop_)); }

  void wake() noexcept override;
  /// The same from a handler of the loop, at once and without a turn. The waiting coroutine runs before it returns.
  void wake_on_loop();

  /// Returns after a ring. One that was rung already still lets the loop take a turn, so that a guest which wakes
  /// itself without end does not keep the other connections of its loop waiting.
  [[nodiscard]] Task<> wait();

 private:
  explicit Doorbell(std::weak_ptr<asio::io_context> loop) : loop_(std::move(loop)) {}
  ~Doorbell() override = default;
  void answer();

  std::weak_ptr<asio::io_context> loop_;
  std::atomic<bool> rung_{false};
  std::move_only_function<void()> waiting_;  // touched on the loop's thread only
};

}  // namespace faasta::http
