#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "http/owner_rounds.hpp"
#include "http/task.hpp"

namespace faasta::http {

/// Decides when the calls on one loop compute (OwnerRounds), and measures the time that they use. A handler that runs a
/// call first asks may_run(). If the answer is no, the call waits: await wait(). From then on, all time until the
/// handler returns to the loop is charged to the owner of the call: the guest, the host's work for it, and the end of
/// its instance. If no call waits, a call only costs two looks at the clock. Used on one thread.
class RunQueue {
 public:
  using Line = OwnerRounds::Line;
  /// If the loop is never idle, run_one() still resumes one call in each period of this length.
  static constexpr std::chrono::milliseconds kPatience{4};

  /// Whether a call of the owner may compute now. If it may, the handler's time is charged to the owner from `now` on.
  [[nodiscard]] bool may_run(OwnerId owner, SteadyTime now = std::chrono::steady_clock::now()) {
    settle(now);
    if (!rounds_.may_run(owner)) return false;
    begin(owner, now);
    return true;
  }
  /// Adds the calling coroutine to the owner's line, and returns when run_one() resumes it.
  [[nodiscard]] Task<> wait(OwnerId owner, Line line);

  /// The loop calls this after each handler.
  void handler_ended() {
    if (running_) settle(std::chrono::steady_clock::now());
  }
  /// Resumes the next call. False if no call was resumed. `idle`: the loop has nothing else to do.
  bool run_one(bool idle);

 private:
  void begin(OwnerId owner, SteadyTime now) {
    running_ = owner;
    began_ = now;
  }
  void settle(SteadyTime now) {
    if (!running_) return;
    rounds_.charge(*running_, processor_time(now - began_));
    running_.reset();
  }
  [[nodiscard]] std::chrono::nanoseconds processor_time(std::chrono::nanoseconds passed);

  OwnerRounds rounds_;
  std::optional<OwnerId> running_;  ///< whose call the handler runs
  SteadyTime began_;
  SteadyTime resumed_;  ///< when run_one() resumed a call last
  std::chrono::nanoseconds thread_time_{};
};

}  // namespace faasta::http
