#pragma once
// The rows of cron jobs. Internal to src/store.

#include <string_view>

#include "base/error.hpp"
#include "store/cron_records.hpp"
#include "store/sql.hpp"

namespace faasta::store::cron_rows {

/// Returns the functions of owners that are not suspended.
[[nodiscard]] Result<ScheduledFunctions> live(Database& database);
[[nodiscard]] Result<std::optional<ScheduledFunction>> live_of(Database& database, std::string_view name);

[[nodiscard]] Result<std::vector<CronRecord>> records(Database& database, FunctionId function);
[[nodiscard]] Result<std::optional<CronRecord>> record(Database& database, FunctionId function, std::string_view job);
[[nodiscard]] Result<> insert(Database& database, FunctionId function, const CronJob& job, SystemTime tick);
[[nodiscard]] Result<> remove(Database& database, FunctionId function, std::string_view job);
/// Stale records belong to functions whose live version has no jobs, or whose owner is suspended.
[[nodiscard]] Result<bool> any_stale(Database& database);
[[nodiscard]] Result<> remove_stale(Database& database);
/// Writes all values of the record, except the schedule.
[[nodiscard]] Result<> update(Database& database, FunctionId function, const CronRecord& record);

}  // namespace faasta::store::cron_rows
