#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "metrics/rollout_counts.hpp"
#include "release/judge.hpp"
#include "store/rollouts.hpp"

namespace faasta::release {

/// What happened in the current stage, as people see it.
struct StageReport {
  StageCalls live;
  StageCalls candidate;
  std::uint64_t live_p50_us = 0;
  std::uint64_t candidate_p50_us = 0;
  std::chrono::seconds left{0};  ///< until the next stage begins
};

/// Takes rollouts from stage to stage, and aborts them, on its own thread. The thread sleeps while no rollout goes on.
/// Otherwise it looks at the counts every 200 ms. Any thread may use the functions.
class Conductor {
 public:
  struct Parts {
    store::Rollouts& store;
    metrics::RolloutCounts& counts;
    /// Called when the share of a rollout or the live version has changed, on the conductor's thread.
    std::function<void(std::string_view name)> changed;
  };

  explicit Conductor(Parts parts) : parts_(std::move(parts)) {}

  /// Begins the thread. Call this once.
  void start();
  /// Ends the thread, because another server takes over, or because the server stops.
  void stop();
  /// Call this when a rollout may have begun.
  void look_again();
  /// Judges each rollout that goes on, once. The thread calls this. Returns whether rollouts go on.
  [[nodiscard]] bool look(SteadyTime now);
  /// Returns what happened in the current stage of a rollout.
  [[nodiscard]] StageReport report(const store::RolloutRecord& rollout);

 private:
  static constexpr std::chrono::milliseconds kPeriod{200};
  /// A stage that this server serves.
  struct Stage {
    std::uint32_t candidate = 0;
    SystemTime since;                        ///< RolloutRecord::since, which differs for each stage
    SteadyTime began;                        ///< when this server saw the stage
    metrics::RolloutCounts::Figures before;  ///< the counts at that time
  };

  void run(const std::stop_token& stop);
  [[nodiscard]] std::vector<std::pair<FunctionId, std::uint32_t>> known_stages();
  void report_once(FunctionId function, std::string_view event, const std::string& cause);
  void look_at(const store::RolloutRecord& rollout, SteadyTime now);
  [[nodiscard]] Stage stage_of(const store::RolloutRecord& rollout, SteadyTime now);
  [[nodiscard]] static StageCalls since(const metrics::VersionCounts& before, const metrics::VersionCounts& now);

  Parts parts_;
  std::mutex mutex_;  ///< protects the members below
  std::condition_variable_any wake_;
  bool wanted_ = true;
  std::map<FunctionId, Stage> stages_;
  std::map<FunctionId, std::string> reported_;  ///< problems that are in the log; only of the conductor's thread
  std::jthread thread_;
};

}  // namespace faasta::release
