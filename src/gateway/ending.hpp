#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace faasta::gateway {

/// How a call ended. It has the outcome for the log entry, and the error for the caller if no answer was sent.
/// `is_failure`: whether the call counts as a failure of the function. A mistake of the client does not count as a
/// failure of the function.
struct Ending {
  std::string_view outcome = "ok";
  std::optional<Error> error;
  bool is_failure = false;

  /// The function or the server failed.
  static Ending failed(Error error) {
    const std::string_view outcome = info(error.code).name;
    return {outcome, std::move(error), true};
  }
  /// The function calls itself, possibly through other functions. The `cdn-loop` field says so, which may be a client's
  /// lie.
  static Ending looped(std::uint32_t hops) {
    return {info(Code::loop_detected).name,
            Error{Code::loop_detected, "the request came through Faasta " + std::to_string(hops) + " times"}, false};
  }
  /// The client's network has too many calls that wait for their bodies.
  static Ending too_many_bodies() {
    constexpr std::chrono::seconds kRetry{1};
    return {info(Code::too_many_bodies).name, Error{Code::too_many_bodies, {}, kRetry}, false};
  }
  static Ending client_gone() { return {"client_gone", std::nullopt, false}; }
  /// The client sent a body that is not well-formed.
  static Ending body_broken() {
    return {"body_broken", Error{Code::http_malformed, "the request body is not well-formed"}, false};
  }
  /// The client did not send its body, or did not take its answer, within the time of the call.
  static Ending client_slow() {
    return {"client_slow", Error{Code::http_timeout, "the request body was not complete in time"}, false};
  }
};

}  // namespace faasta::gateway
