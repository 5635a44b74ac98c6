#include "gateway/call_places.hpp"

#include "base/propagate.hpp"

namespace faasta::gateway {

Result<> CallPlaces::check(std::chrono::milliseconds patience) const {
  const auto refuse = [](Code refusal) {
    constexpr std::chrono::seconds kRetry{1};  // the queue may be shorter soon
    return fail_for_now(refusal, "too many calls wait already", kRetry);
  };
  if (parts_.owners && parts_.owners->is_crowded(patience)) return refuse(Code::busy_owner);
  if (parts_.own->is_crowded(patience)) return refuse(Code::busy_function);
  if (parts_.server->is_crowded(patience)) return refuse(Code::busy_server);
  return {};
}

Task<Result<>> CallPlaces::take(http::Exchange& exchange, std::chrono::milliseconds patience) {
  if (parts_.owners) {
    CO_ASSIGN_OR_RETURN(in_owners_, co_await Turnstile::enter(parts_.owners, exchange, patience, Code::busy_owner));
  }
  CO_ASSIGN_OR_RETURN(in_function_, co_await Turnstile::enter(parts_.own, exchange, patience, Code::busy_function));
  CO_ASSIGN_OR_RETURN(in_server_, co_await Turnstile::enter(parts_.server, exchange, patience, Code::busy_server));
  co_return Result<>{};
}

}  // namespace faasta::gateway
