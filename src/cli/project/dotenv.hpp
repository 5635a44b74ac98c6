#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

namespace faasta::cli {

/// Parses the lines NAME=VALUE of a `.env` file. Before a name, `export` may stand. A value may be in single quotes (as
/// it is) or in double quotes (with the escapes \\n, \\t, \\\\, \\"; it may have several lines). A value without quotes
/// ends at " #". `file`: for the errors. Fails with env_invalid and "FILE:LINE: MISTAKE".
[[nodiscard]] Result<Variables> parse_dotenv(std::string_view text, std::string_view file);
[[nodiscard]] Result<Variables> read_dotenv(const std::filesystem::path& file);

/// Returns the local values of the names that `settings` declares: from `.env` of the folder, then from
/// `.env.ENVIRONMENT`, then from the environment of this process; a later place wins. Other names are ignored.
[[nodiscard]] Result<Variables> local_values(const std::filesystem::path& folder, std::string_view environment,
                                             const FunctionSettings& settings);

}  // namespace faasta::cli
