#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/field.hpp"
#include "engine/call.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// What a guest had not read of its request's body when its answer was complete. It is taken out of the exchange, so
/// that the connection is free for its next request, and kept for a guest that reads on.
class RequestRest {
 public:
  /// Takes what has arrived. True when the exchange is not needed any more: the body is whole, or broken, or more of it
  /// is unread than is kept.
  [[nodiscard]] bool take_from(http::Exchange& exchange);
  /// The client is gone.
  void break_off() { is_over_ = true; }
  /// Passes on what there is. False if that is nothing, and more may come.
  bool pass_to(engine::Call& call);

 private:
  std::string bytes_;
  std::vector<Field> trailers_;
  bool is_whole_ = false;
  bool is_over_ = false;
};

}  // namespace faasta::gateway
