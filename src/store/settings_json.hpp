#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace faasta::store {

/// Returns the settings of a version, without its cron jobs, as JSON for the catalog.
[[nodiscard]] std::string settings_to_json(const FunctionSettings& settings);
/// Reads the JSON that settings_to_json() wrote. A missing setting gets its default. Fails with data_unusable on any
/// other text: a damaged row must not give a function other limits or origins.
[[nodiscard]] Result<FunctionSettings> settings_from_json(std::string_view text);

/// The cron jobs of a version. They are a column of their own; "" is no job. Reading fails with data_unusable.
[[nodiscard]] std::string cron_jobs_to_json(const std::vector<CronJob>& jobs);
[[nodiscard]] Result<std::vector<CronJob>> cron_jobs_from_json(std::string_view text);

[[nodiscard]] std::string strings_to_json(const std::vector<std::string>& strings);
/// Reads a JSON list of texts. Fails with data_unusable if `text` is not a JSON list of texts.
[[nodiscard]] Result<std::vector<std::string>> strings_from_json(std::string_view text);

}  // namespace faasta::store
