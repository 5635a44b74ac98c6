#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/field.hpp"
#include "engine/call.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// The part of the request's body that the guest had not read when its answer was complete. It is taken out of the
/// exchange, so that the connection is free for its next request. It is kept in case the guest reads more of it.
class RequestRest {
 public:
  /// Takes the bytes that have arrived. True if the exchange is not needed any more: the body is complete or broken, or
  /// its unread part is longer than this object keeps.
  [[nodiscard]] bool take_from(http::Exchange& exchange);
  /// Call it if the client is gone.
  void break_off() { is_over_ = true; }
  /// Gives the call the bytes that are here. False if there are none yet and more may come.
  bool pass_to(engine::Call& call);

 private:
  std::string bytes_;
  std::vector<Field> trailers_;
  bool is_whole_ = false;
  bool is_over_ = false;
};

}  // namespace faasta::gateway
