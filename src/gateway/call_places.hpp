#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "gateway/admission.hpp"
#include "gateway/waiting_bodies.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// The places of one call: in the turnstile of its owner, of its function, and of the server. A guest computes only
/// while its call has all three. A call that waits for its client's body gives them back, so that clients who send
/// nothing cannot keep other calls out.
class CallPlaces {
 public:
  /// The turnstiles must live longer than this object. `owners` is null if the owner has no limit.
  struct Parts {
    const std::shared_ptr<Turnstile>& owners;
    const std::shared_ptr<Turnstile>& own;
    const std::shared_ptr<Turnstile>& server;
    WaitingBodies& waiting;
    OwnerId owner;
  };
  explicit CallPlaces(const Parts& parts) : parts_(parts) {}

  /// Fails if the call would probably wait for more than half of `patience` at the turnstiles together: calls go in
  /// unevenly, and a client that waits in vain could have tried another server. Ask this once, when the request has
  /// come: a call that is refused later has taken room in the queues from others.
  [[nodiscard]] Result<> check(std::chrono::milliseconds patience) const;
  /// Enters the turnstiles in the order owner, function, server, and waits for at most `patience` at all of them.
  [[nodiscard]] Task<Result<>> take(http::Exchange& exchange, std::chrono::milliseconds patience);
  /// Gives the places back. The call waits for its client's body from now on.
  [[nodiscard]] Result<WaitingBodies::Waiting> wait_for_body(http::Exchange& exchange) {
    give_back();
    return parts_.waiting.enter(exchange.client(), parts_.owner, exchange.waker());
  }
  void give_back() {
    in_server_ = Turnstile::Permit();
    in_function_ = Turnstile::Permit();
    in_owners_ = Turnstile::Permit();
  }

 private:
  const Parts parts_;
  Turnstile::Permit in_owners_, in_function_, in_server_;
};

}  // namespace faasta::gateway
