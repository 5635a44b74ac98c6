#include "http/doorbell.hpp"

#include <cstdlib>

namespace faasta::http {

void Doorbell::wake() noexcept {
  if (rung_.exchange(true, std::memory_order_acq_rel)) return;
  const auto loop = loop_.lock();
  if (!loop) return;  // nobody is left to wake
  try {
    retain();
    asio::post(*loop, [self = WakeRef<Doorbell>::adopt(this)] { self->answer(); });
  } catch (...) {
    std::abort();  // out of memory for a few bytes: a lost wake-up would hang a request for ever
  }
}

void Doorbell::wake_on_loop() {
  if (!waiting_) return rung_.store(true, std::memory_order_release);
  // rung_ stays: if it is set, answer() is posted, and will wake the next wait once too often, which all waits bear.
  auto waiting = std::exchange(waiting_, nullptr);
  waiting();
}

void Doorbell::answer() {
  if (!waiting_) return;  // wait() will find rung_ set
  // A full exchange: what the waker wrote before it rang must be seen by who is resumed, or it rings again.
  rung_.exchange(false, std::memory_order_acq_rel);
  auto waiting = std::exchange(waiting_, nullptr);
  waiting();
}

Task<> Doorbell::wait() {
  if (rung_.exchange(false, std::memory_order_acq_rel)) {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    co_return;
  }
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
      [this](auto handler) {
        waiting_ = std::move(handler);
        // A ring between the check above and here has posted answer(), which runs after this on the same thread.
      },
      asio::use_awaitable);
}

}  // namespace faasta::http
