#include "gateway/refusal_pace.hpp"

namespace faasta::gateway {

Task<> RefusalPace::wait(http::Exchange& exchange) {
  const http::Client& client = exchange.client();
  if (client.is_proxy || !refusals_.take(client.network.key(), kAtOnce)) co_return;
  if (waiting_.fetch_add(1, std::memory_order_relaxed) < kMostWaiting) {
    exchange.set_deadline(std::chrono::steady_clock::now() + kLater);
    while (!exchange.deadline_passed() && !exchange.client_gone() && !exchange.draining()) co_await exchange.wait();
  }
  waiting_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace faasta::gateway
