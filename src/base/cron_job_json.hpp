#pragma once

#include <span>
#include <vector>

#include "base/cron_job.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta {

/// The form of the list in requests, answers and rows. openapi.json describes it.
[[nodiscard]] json::array to_json(std::span<const CronJob> jobs);
/// Reads one job, with all checks. Fails with cron_invalid, or with unknown_field for an unknown member.
[[nodiscard]] Result<CronJob> cron_job_from(const json::value& value);
/// Reads a list, with all checks. Fails as cron_job_from(), and with cron_invalid if there are too many jobs or two of
/// one name.
[[nodiscard]] Result<std::vector<CronJob>> cron_jobs_from(const json::value& value);
/// Checks the number of the jobs, and that each has a name of its own. Fails with cron_invalid.
[[nodiscard]] Result<> check_cron_jobs(std::span<const CronJob> jobs);

}  // namespace faasta
