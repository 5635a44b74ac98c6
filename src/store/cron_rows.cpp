#include "store/cron_rows.hpp"

#include "base/propagate.hpp"
#include "store/columns.hpp"
#include "store/settings_json.hpp"

namespace faasta::store::cron_rows {
namespace {

#define FAASTA_SCHEDULED                                           \
  "SELECT f.id, f.name, f.owner, v.number, v.cron FROM version v " \
  "JOIN function f ON f.id = v.function AND f.active = v.number "  \
  "JOIN owner o ON o.id = f.owner AND o.suspended IS NULL "        \
  "WHERE v.cron <> '' AND f.suspended IS NULL "
constexpr const char* kLive = FAASTA_SCHEDULED "ORDER BY f.id";
constexpr const char* kLiveOf = FAASTA_SCHEDULED "AND f.name = ?1";

/// A function, and its jobs as they stand in the row.
struct RawScheduled {
  ScheduledFunction function;
  std::string jobs;
};

Result<RawScheduled> read_scheduled(const Statement& row) {
  enum Column : int { kId, kName, kOwner, kNumber, kCron };
  Columns from(row);
  RawScheduled out;
  out.function.id = from.id<FunctionId>(kId);
  out.function.name = from.text(kName);
  out.function.owner = from.id<OwnerId>(kOwner);
  out.function.version = from.count(kNumber);
  out.jobs = from.text(kCron);
  return from.checked(std::move(out));
}

#define FAASTA_CRON_RECORD                                                                                            \
  "SELECT job, schedule, tick, began, ended, status, attempts, failed, missed, skipped FROM cron_run WHERE function " \
  "= ?1 "
constexpr const char* kRecords = FAASTA_CRON_RECORD "ORDER BY job";
constexpr const char* kRecord = FAASTA_CRON_RECORD "AND job = ?2";

Result<CronRecord> read_record(const Statement& row) {
  enum Column : int { kJob, kSchedule, kTick, kBegan, kEnded, kStatus, kAttempts, kFailed, kMissed, kSkipped };
  Columns from(row);
  CronRecord out;
  out.job = from.text(kJob);
  out.schedule = from.text(kSchedule);
  out.tick = from.time(kTick);
  out.began = from.time_or_none(kBegan);
  out.ended = from.time_or_none(kEnded);
  out.status = from.count(kStatus);
  out.attempts = from.count(kAttempts);
  out.failed = from.flag(kFailed);
  out.missed = from.size(kMissed);
  out.skipped = from.size(kSkipped);
  return from.checked(std::move(out));
}

constexpr const char* kInsert = "INSERT INTO cron_run (function, job, schedule, tick) VALUES (?1, ?2, ?3, ?4)";
constexpr const char* kRemove = "DELETE FROM cron_run WHERE function = ?1 AND job = ?2";
#define FAASTA_NOT_SCHEDULED                                                                         \
  "function NOT IN (SELECT f.id FROM version v JOIN function f ON f.id = v.function AND f.active = " \
  "v.number JOIN owner o ON o.id = f.owner AND o.suspended IS NULL WHERE v.cron <> '' AND f.suspended IS NULL)"
constexpr const char* kAnyStale = "SELECT 1 FROM cron_run WHERE " FAASTA_NOT_SCHEDULED " LIMIT 1";
constexpr const char* kRemoveStale = "DELETE FROM cron_run WHERE " FAASTA_NOT_SCHEDULED;
constexpr const char* kUpdate =
    "UPDATE cron_run SET tick = ?3, began = ?4, ended = ?5, status = ?6, attempts = ?7, failed = ?8, missed = ?9, "
    "skipped = ?10 WHERE function = ?1 AND job = ?2";

}  // namespace

Result<ScheduledFunctions> live(Database& database) {
  ASSIGN_OR_RETURN(auto rows, all_rows(database, kLive, read_scheduled));
  ScheduledFunctions out;
  for (RawScheduled& row : rows) {
    auto jobs = cron_jobs_from_json(row.jobs);
    if (!jobs) {
      out.unreadable.push_back(std::move(row.function.name));
      continue;
    }
    row.function.jobs = *std::move(jobs);
    out.functions.push_back(std::move(row.function));
  }
  return out;
}

Result<std::optional<ScheduledFunction>> live_of(Database& database, std::string_view name) {
  ASSIGN_OR_RETURN(auto row, first_row(database, kLiveOf, read_scheduled, name));
  if (!row) return std::nullopt;
  ASSIGN_OR_RETURN(row->function.jobs, cron_jobs_from_json(row->jobs));
  return std::move(row->function);
}

Result<bool> any_stale(Database& database) { return any_row(database, kAnyStale); }

Result<> remove_stale(Database& database) { return run(database, kRemoveStale); }

Result<std::vector<CronRecord>> records(Database& database, FunctionId function) {
  return all_rows(database, kRecords, read_record, function);
}

Result<std::optional<CronRecord>> record(Database& database, FunctionId function, std::string_view job) {
  return first_row(database, kRecord, read_record, function, job);
}

Result<> insert(Database& database, FunctionId function, const CronJob& job, SystemTime tick) {
  return run(database, kInsert, function, std::string_view(job.name), std::string_view(job.schedule), tick);
}

Result<> remove(Database& database, FunctionId function, std::string_view job) {
  return run(database, kRemove, function, job);
}

Result<> update(Database& database, FunctionId function, const CronRecord& record) {
  return run(database, kUpdate, function, std::string_view(record.job), record.tick, record.began, record.ended,
             record.status, record.attempts, record.failed, record.missed, record.skipped);
}

}  // namespace faasta::store::cron_rows
