#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "engine/call.hpp"
#include "gateway/call_log.hpp"
#include "gateway/call_places.hpp"
#include "gateway/ending.hpp"
#include "gateway/request_rest.hpp"
#include "http/exchange.hpp"

namespace faasta::gateway {

/// The times of one call, for `server-timing`, logs and metrics.
struct CallTimes {
  SteadyTime received;
  SteadyTime admitted;
  SteadyTime loaded;
  bool cold = false;
  bool tell_client = false;  ///< whether the answer gets a `server-timing` field
};

/// Connects one call with its exchange: passes the call's events to the exchange, and the request's body to the call.
/// It runs in one coroutine, without its own thread. The exchange's deadline is the call's deadline. When run() ends,
/// the whole answer is queued, but flush() was not called for its end.
class CallRunner {
 public:
  struct Deadlines {
    SteadyTime head;  ///< of the answer's head
    SteadyTime all;   ///< of the whole call
  };
  CallRunner(http::Exchange& exchange, engine::Call& call, CallPlaces& places, OwnerId owner, CallLog& log,
             const CallTimes& times, const Deadlines& deadlines)
      : exchange_(exchange),
        call_(call),
        places_(places),
        owner_(owner),
        log_(log),
        times_(times),
        deadline_(deadlines.head),
        wall_deadline_(deadlines.all) {}

  [[nodiscard]] Task<Ending> run();
  [[nodiscard]] std::uint16_t status() const noexcept { return status_; }
  /// Whether the answer is complete and the exchange is not needed any more, but the guest still runs. Then the ending
  /// that run() returned is not the real ending of the call.
  [[nodiscard]] bool goes_on() const noexcept { return goes_on_; }
  /// Returns the unread rest of the request's body. Use this for a call that goes on after its answer.
  [[nodiscard]] RequestRest take_rest() { return std::move(rest_); }

 private:
  enum class Next : std::uint8_t { poll, wait, stop };

  Next handle(engine::CallEvent& event);
  Next pass_body();
  /// Waits for bytes of the client's body, without the call's places, and then takes places again. False if the call
  /// must end.
  [[nodiscard]] Task<bool> wait_for_body();
  [[nodiscard]] Task<bool> wait_without_places(SteadyTime began);
  /// Returns the time at which the client is too slow, if it sends nothing from `now` on. `start`: the time that a
  /// client may take in addition.
  [[nodiscard]] SteadyTime slow_at(SteadyTime now, std::chrono::nanoseconds start) const;
  Next pass_head(const engine::CallEvent& event);
  Next pass_data();
  Next judge_length();
  [[nodiscard]] std::string timing() const;
  [[nodiscard]] bool interrupted();
  [[nodiscard]] bool is_answered() const { return exchange_.ended() && !exchange_.aborted(); }
  /// If the answer is complete and the guest does not wait for the client, leaves the exchange and returns true.
  [[nodiscard]] bool leave();
  /// Ends the call. If no byte of the response was sent, removes the response. Otherwise breaks the response off.
  Next stop(Ending ending);

  http::Exchange& exchange_;
  engine::Call& call_;
  CallPlaces& places_;
  const OwnerId owner_;  // whose turns the call uses
  CallLog& log_;
  const CallTimes& times_;
  SteadyTime deadline_;  // of the exchange, while nothing shortens it
  SteadyTime wall_deadline_;
  bool body_wanted_ = false;
  std::int64_t body_bytes_ = 0;                 // that have arrived
  std::chrono::nanoseconds waited_for_body_{};  // while the guest did nothing else
  bool reads_on_ = false;  // whether the guest asked for more of the body after its answer was complete
  std::uint16_t status_ = 0;
  std::string_view unsent_;  // the part of the call's last data for which the exchange had no room; until the next poll
  bool gave_data_ = false;   // pass_data() ran since the last look at the exchange's room
  RequestRest rest_;
  bool body_over_ = false;  // the call has received the whole body
  bool goes_on_ = false;
  Ending ending_;
};

}  // namespace faasta::gateway
