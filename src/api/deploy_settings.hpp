#pragma once

#include <string_view>
#include <vector>

#include "api/query.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

namespace faasta::api {

/// Appends the names of the settings that a query can have to `known`, and those that may occur several times to
/// `repeatable`.
void add_setting_names(std::vector<std::string_view>& known, std::vector<std::string_view>& repeatable);
/// Reads the settings of a version from a query. `ceilings`: no limit may be higher. A limit that is not given is the
/// ceiling.
[[nodiscard]] Result<FunctionSettings> settings_of(const Query& query, const CallLimits& ceilings);
/// Reads the settings from a JSON object. Only this form can have environment variables, cron jobs
/// and static files.
[[nodiscard]] Result<FunctionSettings> settings_of(std::string_view json, const CallLimits& ceilings);

}  // namespace faasta::api
