#include "gateway/call_places.hpp"

#include "base/propagate.hpp"

namespace faasta::gateway {

Task<Result<>> CallPlaces::take(http::Exchange& exchange, std::chrono::milliseconds patience) {
  if (parts_.owners) {
    CO_ASSIGN_OR_RETURN(in_owners_, co_await Turnstile::enter(parts_.owners, exchange, patience, Code::busy_owner));
  }
  CO_ASSIGN_OR_RETURN(in_function_, co_await Turnstile::enter(parts_.own, exchange, patience, Code::busy_function));
  CO_ASSIGN_OR_RETURN(in_server_, co_await Turnstile::enter(parts_.server, exchange, patience, Code::busy_server));
  co_return Result<>{};
}

}  // namespace faasta::gateway
