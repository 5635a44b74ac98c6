#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "engine/call.hpp"
#include "gateway/call_log.hpp"
#include "gateway/ending.hpp"
#include "gateway/request_rest.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// When things happened in one call, for `server-timing`, logs and metrics.
struct CallTimes {
  SteadyTime received;
  SteadyTime admitted;
  SteadyTime loaded;
  bool cold = false;
  bool tell_client = false;  ///< server_timing is on
};

/// Connects one call with its exchange: events out, body in, one coroutine, no thread. The exchange's deadline is the
/// call's. Ends with everything queued that there is to say to the client, but not flushed.
class CallRunner {
 public:
  CallRunner(http::Exchange& exchange, engine::Call& call, CallLog& log, const CallTimes& times,
             SteadyTime wall_deadline)
      : exchange_(exchange), call_(call), log_(log), times_(times), wall_deadline_(wall_deadline) {}

  [[nodiscard]] Task<Ending> run();
  [[nodiscard]] std::uint16_t status() const noexcept { return status_; }
  /// The answer is complete and the exchange is not needed any more, but the guest has not returned: how it ends is not
  /// known yet.
  [[nodiscard]] bool goes_on() const noexcept { return goes_on_; }
  /// Of a call that goes on.
  [[nodiscard]] RequestRest take_rest() { return std::move(rest_); }

 private:
  enum class Next : std::uint8_t { poll, wait, stop };

  Next handle(engine::CallEvent& event);
  Next pass_body();
  Next pass_head(const engine::CallEvent& event);
  [[nodiscard]] std::string timing() const;
  [[nodiscard]] bool interrupted();
  [[nodiscard]] bool is_answered() const { return exchange_.ended() && !exchange_.aborted(); }
  /// Leaves the exchange, if the answer is complete and the client owes nothing that the guest waits for.
  [[nodiscard]] bool leave();
  /// Ends the call. Of the response, the caller sees either nothing or that it is broken.
  Next stop(Ending ending);

  http::Exchange& exchange_;
  engine::Call& call_;
  CallLog& log_;
  const CallTimes& times_;
  SteadyTime wall_deadline_;
  bool body_wanted_ = false;
  bool reads_on_ = false;  // the guest asked for more of the body after its answer was complete
  std::uint16_t status_ = 0;
  RequestRest rest_;
  bool body_over_ = false;  // all of it was passed on
  bool goes_on_ = false;
  Ending ending_;
};

}  // namespace faasta::gateway
