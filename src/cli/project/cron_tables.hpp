#pragma once

#include <string_view>
#include <vector>

#include "base/cron_job.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/toml.hpp"

namespace faasta::cli {

/// The name of the tables with the cron jobs: `[[cron]]`.
inline constexpr std::string_view kCron = "cron";

/// Reads the cron jobs of the file. Fails with project_invalid and the place of the mistake.
[[nodiscard]] Result<std::vector<CronJob>> read_cron(const toml::table& top);
/// The JSON Schema of the tables.
[[nodiscard]] json::object cron_schema();

}  // namespace faasta::cli
