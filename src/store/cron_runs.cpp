#include "store/cron_runs.hpp"

#include <algorithm>

#include "base/propagate.hpp"
#include "store/connections.hpp"
#include "store/cron_rows.hpp"
#include "store/own_function.hpp"

namespace faasta::store {
namespace {

namespace rows = cron_rows;

/// A clock that was wrong may have moved the ticks far ahead. Then the job would be silent for as long.
constexpr std::chrono::hours kMostAhead{24};

bool has(const std::vector<CronRecord>& records, const CronJob& job, SystemTime now) {
  const auto found = std::ranges::find(records, job.name, &CronRecord::job);
  return found != records.end() && found->schedule == job.schedule && found->tick <= now + kMostAhead;
}

bool needs_change(const ScheduledFunction& function, const std::vector<CronRecord>& records, SystemTime now) {
  return records.size() != function.jobs.size() ||
         !std::ranges::all_of(function.jobs, [&](const CronJob& job) { return has(records, job, now); });
}

}  // namespace

Result<> CronRuns::remove_stale() {
  ASSIGN_OR_RETURN(const bool any, connections_->read([](Database& database) { return rows::any_stale(database); }));
  if (!any) return {};
  return connections_->change([](Database& database) { return rows::remove_stale(database); });
}

Result<ScheduledFunctions> CronRuns::all() {
  RETURN_IF_ERROR(remove_stale());
  return connections_->read([](Database& database) { return rows::live(database); });
}

Result<std::optional<ScheduledFunction>> CronRuns::of_function(std::string_view name) {
  ASSIGN_OR_RETURN(auto found,
                   connections_->read([name](Database& database) { return rows::live_of(database, name); }));
  if (!found) RETURN_IF_ERROR(remove_stale());
  return found;
}

Result<ScheduledFunction> CronRuns::of_owner(OwnerId owner, const FunctionName& name) {
  return connections_->read([&](Database& database) -> Result<ScheduledFunction> {
    ASSIGN_OR_RETURN(const FunctionRow function, own_function(database, owner, name));
    ASSIGN_OR_RETURN(auto found, rows::live_of(database, name.str()));
    if (!found) return ScheduledFunction{function.id, name.str(), owner, function.active, {}};
    return *std::move(found);
  });
}

Result<std::vector<CronRecord>> CronRuns::records(FunctionId function) {
  return connections_->read([function](Database& database) { return rows::records(database, function); });
}

Result<std::vector<CronRecord>> CronRuns::keep_records(const ScheduledFunction& function, SystemTime now) {
  ASSIGN_OR_RETURN(auto there, records(function.id));
  if (!needs_change(function, there, now)) return there;
  return connections_->change([&](Database& database) -> Result<std::vector<CronRecord>> {
    // Another version may have become live meanwhile.
    ASSIGN_OR_RETURN(const auto live, rows::live_of(database, function.name));
    if (!live || *live != function) return rows::records(database, function.id);
    ASSIGN_OR_RETURN(const auto before, rows::records(database, function.id));
    for (const CronRecord& record : before) {
      const auto job = std::ranges::find(function.jobs, record.job, &CronJob::name);
      if (job == function.jobs.end() || !has(before, *job, now))
        RETURN_IF_ERROR(rows::remove(database, function.id, record.job));
    }
    for (const CronJob& job : function.jobs)
      if (!has(before, job, now)) RETURN_IF_ERROR(rows::insert(database, function.id, job, now));
    return rows::records(database, function.id);
  });
}

Result<CronRuns::Taken> CronRuns::take(const Tick& tick, SystemTime now) {
  return connections_->change([&](Database& database) -> Result<Taken> {
    ASSIGN_OR_RETURN(auto record, rows::record(database, tick.function, tick.job));
    if (!record || record->tick >= tick.tick) return Taken::late;
    record->tick = tick.tick;
    record->missed += tick.missed;
    const bool goes_on = record->began && !record->ended && *record->began >= tick.lost_before;
    Taken out = Taken::begun;
    if (!tick.runs) {
      ++record->missed;
      out = Taken::noted;
    } else if (goes_on && !tick.overlap) {
      ++record->skipped;
      out = Taken::skipped;
    } else {
      record->began = now;
      record->ended.reset();
      record->status = record->attempts = 0;
      record->failed = false;
    }
    RETURN_IF_ERROR(rows::update(database, tick.function, *record));
    return out;
  });
}

Result<bool> CronRuns::end(FunctionId function, std::string_view job, SystemTime began, const Ending& ending,
                           SystemTime now) {
  return connections_->change([&](Database& database) -> Result<bool> {
    ASSIGN_OR_RETURN(auto record, rows::record(database, function, job));
    if (!record || record->began != began || record->ended) return false;
    record->ended = now;
    record->status = ending.status;
    record->attempts = ending.attempts;
    record->failed = ending.failed;
    RETURN_IF_ERROR(rows::update(database, function, *record));
    return true;
  });
}

}  // namespace faasta::store
