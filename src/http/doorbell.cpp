#include "http/doorbell.hpp"

#include <cstdlib>

namespace faasta::http {

void Doorbell::wake() noexcept {
  if (rung_.exchange(true, std::memory_order_acq_rel)) return;
  const auto loop = loop_.lock();
  if (!loop) return;  // the loop is gone, so no coroutine waits
  try {
    retain();
    asio::post(*loop, [self = WakeRef<Doorbell>::adopt(this)] { self->answer(); });
  } catch (...) {
    std::abort();  // no memory is left; the process ends, because a lost wake-up would block a request for ever
  }
}

void Doorbell::wake_on_loop() {
  if (!waiting_) return rung_.store(true, std::memory_order_release);
  // This function does not change rung_. If rung_ is true, answer() is queued and will end the next wait() too early.
  // So every caller of wait() must check its condition again.
  auto waiting = std::exchange(waiting_, nullptr);
  waiting();
}

void Doorbell::answer() {
  if (!waiting_) return;  // wait() will find that rung_ is set
  // The order is acquire and release. So the resumed coroutine sees everything that the waker wrote before it rang.
  // Otherwise the waker rings again.
  rung_.exchange(false, std::memory_order_acq_rel);
  auto waiting = std::exchange(waiting_, nullptr);
  waiting();
}

void Doorbell::when_rung(std::move_only_function<void()> then) {
  const auto loop = loop_.lock();
  if (rung_.exchange(false, std::memory_order_acq_rel) && loop) {
    asio::post(*loop, std::move(then));
  } else {
    waiting_ = std::move(then);
  }
}

Task<> Doorbell::wait() {
  if (rung_.exchange(false, std::memory_order_acq_rel)) {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    co_return;
  }
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
      [this](auto handler) {
        waiting_ = std::move(handler);
        // The bell may ring between the check above and this line. Then answer() is queued, and runs later on the same
        // thread.
      },
      asio::use_awaitable);
}

}  // namespace faasta::http
