#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace faasta::gateway {

/// How a call ended: the outcome that its log entry shows, and the error that its caller gets if there is still one and
/// no answer is on its way. Only a failure is counted as one; what the client did wrong is none of the function's.
struct Ending {
  std::string_view outcome = "ok";
  std::optional<Error> error;
  bool is_failure = false;

  /// By the function, or by the server.
  static Ending failed(Error error) {
    const std::string_view outcome = info(error.code).name;
    return {outcome, std::move(error), true};
  }
  /// The function calls itself in a circle, or the client says so.
  static Ending looped(std::uint32_t hops) {
    return {info(Code::loop_detected).name,
            Error{Code::loop_detected, "the request came through Faasta " + std::to_string(hops) + " times"}, false};
  }
  static Ending client_gone() { return {"client_gone", std::nullopt, false}; }
  /// The client sent a body that is not well-formed.
  static Ending body_broken() {
    return {"body_broken", Error{Code::http_malformed, "the request body is not well-formed"}, false};
  }
  /// The client did not send its body, or take its answer, in the time that a call has.
  static Ending client_slow() {
    return {"client_slow", Error{Code::http_timeout, "the request body was not complete in time"}, false};
  }
};

}  // namespace faasta::gateway
