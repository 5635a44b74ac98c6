#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/cron_job.hpp"
#include "base/ids.hpp"

namespace faasta::store {

/// A function whose live version has cron jobs.
struct ScheduledFunction {
  FunctionId id{};
  std::string name;
  OwnerId owner{};
  std::uint32_t version = 0;
  std::vector<CronJob> jobs;

  bool operator==(const ScheduledFunction&) const = default;
};

/// All functions with cron jobs.
struct ScheduledFunctions {
  std::vector<ScheduledFunction> functions;
  std::vector<std::string> unreadable;  ///< names of functions whose row is damaged; their jobs do not run
};

/// The ticks of a cron job so far, and its last run.
struct CronRecord {
  std::string job;
  std::string schedule;
  SystemTime tick;  ///< the last tick that a server took; before the first one, the time from which ticks count
  std::optional<SystemTime> began;  ///< of the last run; nothing: the job never ran
  std::optional<SystemTime> ended;  ///< nothing: the run goes on, or its server ended first
  std::uint32_t status = 0;         ///< of the last answer; 0: there was none
  std::uint32_t attempts = 0;       ///< of the last run
  bool failed = false;              ///< whether the last run failed
  std::uint64_t missed = 0;         ///< ticks at which no server could run the job
  std::uint64_t skipped = 0;        ///< ticks at which the run before had not ended
};

}  // namespace faasta::store
