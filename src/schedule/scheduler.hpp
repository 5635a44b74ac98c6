#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/cron_schedule.hpp"
#include "store/cron_runs.hpp"

namespace faasta::schedule {

/// A request of a cron job that is to be sent now.
struct CronCall {
  FunctionId function{};
  std::string name;  ///< of the function
  CronJob job;
  SystemTime tick;
  std::uint32_t attempt = 1;
};

/// The answer to the request of a cron job.
struct CronAnswer {
  std::uint32_t status = 0;  ///< 0: there was none
  bool broken = false;       ///< whether the answer was broken off

  /// Whether the run should be tried again: also after 429, with which the server refuses requests.
  [[nodiscard]] bool failed() const noexcept { return status == 0 || status >= 500 || status == 429 || broken; }
};

/// Runs the cron jobs of all live versions, on its own thread. The thread sleeps until the next tick, and without end
/// if there is no job. Any thread may use the functions.
class Scheduler {
 public:
  struct Parts {
    store::CronRuns& store;
    /// Sends the request and calls `done` once, on any thread. Must not block.
    std::function<void(CronCall call, std::function<void(CronAnswer)> done)> send;
    /// Writes a line into the function's log.
    std::function<void(FunctionId function, std::uint32_t version, std::string_view line)> note;
    /// How long a request may take.
    std::chrono::milliseconds timeout;
  };

  explicit Scheduler(Parts parts) : parts_(std::move(parts)) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler() { stop(); }

  /// Begins the thread. Call this once.
  void start();
  /// Takes no more ticks, because another server takes over, or because the server stops. The runs under way go on, but
  /// they are not tried again. After this function, nothing is sent. Blocks for a transaction at most.
  void stop_ticks();
  /// Ends the thread. Runs that have not ended stay without an end in the catalog.
  void stop();
  /// Call this after the live version of the function has changed.
  void changed(std::string_view name);
  /// Call this after another process has changed the catalog.
  void changed_all();

  /// Does all that is due, once. The thread calls this. Returns the time of the next look.
  [[nodiscard]] SystemTime look(SystemTime now);
  /// Returns the time at which the job runs next. The ticks of different functions are up to 10 seconds late, so that
  /// they do not all begin in the same second.
  [[nodiscard]] static SystemTime next_run(FunctionId function, const CronSchedule& schedule, SystemTime after);

 private:
  /// A tick that is later than this is missed: the server was down, or the clock was set.
  static constexpr std::chrono::seconds kLatest{60};
  /// After the thread has slept for this time, it looks at the clock, which may have been set.
  static constexpr std::chrono::seconds kLongestSleep{15};

  struct Job {
    CronJob job;
    CronSchedule schedule;
    SystemTime last;  ///< CronRecord::tick
  };
  struct Function {
    store::ScheduledFunction rows;
    std::vector<Job> jobs;
  };
  /// A run of another server that has not ended: perhaps it goes on there, perhaps its server is dead.
  struct Foreign {
    FunctionId function{};
    std::uint32_t version = 0;
    CronJob job;
    SystemTime began;
  };
  /// A job, in the order of time. `at`: when the tick or the next attempt is due.
  struct Due {
    SystemTime at;
    FunctionId function{};
    std::size_t job = 0;
    auto operator<=>(const Due&) const = default;
  };
  /// A run that has begun and not ended.
  struct Run {
    CronCall call;
    std::uint32_t version = 0;
    SystemTime began;
    bool waits = false;  ///< for the next attempt, until `next`
    SystemTime next;
    CronAnswer last;
  };
  using RunId = std::uint64_t;

  void run(const std::stop_token& stop);
  void load(SystemTime now);
  void add(store::ScheduledFunction function, SystemTime now);
  void again(std::string_view name);
  void note_foreign(const store::ScheduledFunction& function, const CronJob& job, const store::CronRecord& record);
  void forget_all();
  [[nodiscard]] bool may_take();
  void forget(FunctionId function);
  [[nodiscard]] bool is_live(const CronCall& call) const;
  /// Ends the runs whose servers are dead. Returns when to look again.
  [[nodiscard]] SystemTime end_lost(SystemTime now);
  void try_again(SystemTime now, SystemTime& next);
  void take(const Due& due, SystemTime now);
  void begin(const Function& function, const Job& job, SystemTime tick, SystemTime now);
  void send(RunId id);
  void end_runs(SystemTime now);
  void end(const Run& run, SystemTime now);
  [[nodiscard]] SystemTime lost_before(const CronJob& job, SystemTime now) const;
  /// Logs a problem. The next look does not repeat it.
  void report(std::string_view event, std::string_view function, const Error& error);

  Parts parts_;
  // Only of the thread:
  std::optional<SystemTime> started_;  ///< the first look
  std::optional<SystemTime> last_look_;
  std::map<std::string, std::string> reported_;  ///< problems that are in the log, by event and function
  std::vector<Foreign> foreign_;
  std::map<FunctionId, Function> functions_;
  std::map<std::string, FunctionId, std::less<>> by_name_;
  std::set<Due> due_;
  std::map<RunId, Run> under_way_;
  RunId next_run_ = 0;

  std::mutex mutex_;  ///< protects the members below
  std::condition_variable_any wake_;
  bool woken_ = false;
  bool all_changed_ = true;
  bool stops_ticks_ = false;
  bool takes_ticks_ = true;  ///< false: the thread has seen stops_ticks_
  bool is_running_ = false;  ///< the thread has begun and not ended
  std::set<std::string, std::less<>> changed_;
  std::vector<std::pair<RunId, CronAnswer>> answers_;
  std::jthread thread_;
};

}  // namespace faasta::schedule
