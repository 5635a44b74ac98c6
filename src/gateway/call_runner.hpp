#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "engine/call.hpp"
#include "gateway/call_log.hpp"
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

  /// Why the call failed; nothing if it did not.
  [[nodiscard]] Task<std::optional<Error>> run();
  [[nodiscard]] std::uint16_t status() const noexcept { return status_; }

 private:
  enum class Next : std::uint8_t { poll, wait, stop };

  Next handle(engine::CallEvent& event);
  Next pass_body();
  void pass_head(const engine::CallEvent& event);
  [[nodiscard]] std::string timing() const;
  [[nodiscard]] bool interrupted();

  http::Exchange& exchange_;
  engine::Call& call_;
  CallLog& log_;
  const CallTimes& times_;
  SteadyTime wall_deadline_;
  bool body_wanted_ = false;
  std::uint16_t status_ = 0;
  std::optional<Error> failure_;
};

}  // namespace faasta::gateway
