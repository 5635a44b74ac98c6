#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/field.hpp"
#include "engine/call.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// The part of the request's body that the guest had not read when its answer was complete. This object takes these
/// bytes out of the exchange, so that the connection is free for its next request. It keeps the bytes, because the
/// guest may still read them.
class RequestRest {
 public:
  /// Takes the bytes that have arrived. True if the exchange is not needed any more: the body is complete or broken, or
  /// its unread part is too long to be kept.
  [[nodiscard]] bool take_from(http::Exchange& exchange);
  /// Call this if the client is gone.
  void break_off() { is_over_ = true; }
  /// Gives the bytes of this object to the call. False if this object has no bytes and more may still arrive.
  bool pass_to(engine::Call& call);

 private:
  std::string bytes_;
  std::vector<Field> trailers_;
  bool is_whole_ = false;
  bool is_over_ = false;
};

}  // namespace faasta::gateway
