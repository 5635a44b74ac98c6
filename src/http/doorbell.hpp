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
  /// Shares the loop, since those who ring may outlive all else that runs on it.
  static WakeRef<Doorbell> make(std::shared_ptr<asio::io_context> loop) {
    return WakeRef<Doorbell>::adopt(new Doorbell(std::move(loop)));
  }

  void wake() noexcept override;
  /// The same from a handler of the loop, at once and without a turn. The waiting coroutine runs before it returns.
  void wake_on_loop();

  /// Returns after a ring. One that was rung already still lets the loop take a turn, so that a guest which wakes
  /// itself without end does not keep the other connections of its loop waiting.
  [[nodiscard]] Task<> wait();

 private:
  explicit Doorbell(std::shared_ptr<asio::io_context> loop) : loop_(std::move(loop)) {}
  ~Doorbell() override = default;
  void answer();

  std::shared_ptr<asio::io_context> loop_;
  std::atomic<bool> rung_{false};
  std::move_only_function<void()> waiting_;  // touched on the loop's thread only
};

}  // namespace faasta::http
