#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/function_name.hpp"
#include "store/cron_records.hpp"

namespace faasta::store {

class Connections;

/// The cron jobs of the live versions, and which of their ticks a server has taken. Any thread may use it. Each change
/// is one transaction and is durable when the function returns. So of several servers, one runs a tick, and none runs
/// it twice.
class CronRuns {
 public:
  explicit CronRuns(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  /// Returns the functions with jobs, and deletes the records of all others.
  [[nodiscard]] Result<ScheduledFunctions> all();
  /// Returns nothing if the live version has no jobs; then deletes its records.
  [[nodiscard]] Result<std::optional<ScheduledFunction>> of_function(std::string_view name);
  /// Returns the jobs of the live version; none if it has no jobs. Fails with function_not_found.
  [[nodiscard]] Result<ScheduledFunction> of_owner(OwnerId owner, const FunctionName& name);
  [[nodiscard]] Result<std::vector<CronRecord>> records(FunctionId function);

  /// Begins the records of new jobs with the tick `now`, also of jobs with a new schedule, and deletes the records of
  /// jobs that the function does not have any more. A record that is ahead of the clock by more than a day begins
  /// again. Returns the records.
  [[nodiscard]] Result<std::vector<CronRecord>> keep_records(const ScheduledFunction& function, SystemTime now);

  /// A server's wish to take a tick.
  struct Tick {
    FunctionId function{};
    std::string_view job;
    SystemTime tick;
    std::uint64_t missed = 0;  ///< ticks before this one that no server took
    bool runs = true;          ///< false: this tick is missed too
    bool overlap = false;      ///< CronJob::overlap
    SystemTime lost_before{};  ///< a run that began before this time and has not ended is not under way any more
  };
  enum class Taken : std::uint8_t {
    begun,    ///< the run may begin
    noted,    ///< the missed ticks are counted
    skipped,  ///< the run before has not ended
    late      ///< a server has taken the tick already, or the job does not exist any more
  };
  [[nodiscard]] Result<Taken> take(const Tick& tick, SystemTime now);

  struct Ending {
    std::uint32_t status = 0;
    std::uint32_t attempts = 0;
    bool failed = false;
  };
  /// Ends the run that began at this time. False if it has ended already, or if a later run has begun.
  [[nodiscard]] Result<bool> end(FunctionId function, std::string_view job, SystemTime began, const Ending& ending,
                                 SystemTime now);

 private:
  [[nodiscard]] Result<> remove_stale();

  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
