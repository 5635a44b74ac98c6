#include "gateway/call_places.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/propagate.hpp"

namespace faasta::gateway {

Result<> CallPlaces::check(std::chrono::milliseconds patience) const {
  constexpr std::chrono::seconds kRetry{1};  // the queues may be shorter soon
  const std::array<std::pair<Turnstile*, Code>, 3> turnstiles{{{parts_.owners.get(), Code::busy_owner},
                                                               {parts_.own.get(), Code::busy_function},
                                                               {parts_.server.get(), Code::busy_server}}};
  std::chrono::nanoseconds all{};
  std::pair<std::chrono::nanoseconds, Code> longest{};
  for (const auto& [turnstile, refusal] : turnstiles) {
    if (turnstile == nullptr) continue;
    const auto wait = turnstile->expected_wait(patience);
    all += wait;
    if (wait > longest.first) longest = {wait, refusal};
  }
  if (all < patience / 2 || all == all.zero()) return {};
  return fail_for_now(longest.second, "too many calls wait already", kRetry);
}

Task<Result<>> CallPlaces::take(http::Exchange& exchange, std::chrono::milliseconds patience) {
  const SteadyTime until = std::chrono::steady_clock::now() + patience;
  const auto left = [until] {
    const auto time = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    return std::max(time, std::chrono::milliseconds(0));
  };
  if (parts_.owners) {
    CO_ASSIGN_OR_RETURN(in_owners_, co_await Turnstile::enter(parts_.owners, exchange, left(), Code::busy_owner));
  }
  CO_ASSIGN_OR_RETURN(in_function_, co_await Turnstile::enter(parts_.own, exchange, left(), Code::busy_function));
  CO_ASSIGN_OR_RETURN(in_server_, co_await Turnstile::enter(parts_.server, exchange, left(), Code::busy_server));
  co_return Result<>{};
}

}  // namespace faasta::gateway
