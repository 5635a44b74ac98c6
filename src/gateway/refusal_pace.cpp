#include "gateway/refusal_pace.hpp"

namespace faasta::gateway {

std::chrono::milliseconds RefusalPace::next_delay() noexcept {
  constexpr std::uint32_t kStep = 77;  // has no common factor with the range, so each delay of the range comes in turn
  constexpr auto kRange = static_cast<std::uint32_t>((kLatest - kSoonest).count());
  return kSoonest + std::chrono::milliseconds(delays_.fetch_add(1, std::memory_order_relaxed) * kStep % kRange);
}

Task<> RefusalPace::wait(http::Exchange& exchange) {
  const http::Client& client = exchange.client();
  if (client.is_proxy || !refusals_.take(client.network.key(), kAtOnce)) co_return;
  if (waiting_.fetch_add(1, std::memory_order_relaxed) < kMostWaiting) {
    exchange.set_deadline(std::chrono::steady_clock::now() + next_delay());
    while (!exchange.deadline_passed() && !exchange.client_gone() && !exchange.draining()) co_await exchange.wait();
  }
  waiting_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace faasta::gateway
