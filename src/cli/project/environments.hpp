#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/toml.hpp"

namespace faasta::cli {

/// The table of faasta.toml whose tables are the environments.
inline constexpr std::string_view kEnvironments = "environments";

/// Returns the names of the environments in the file.
[[nodiscard]] std::vector<std::string> environment_names(const toml::table& file);

/// Merges the environment `name` into the file, and takes the table of environments out. A table of the environment is
/// merged key by key with the file's table of the same name; any other value, also a list, replaces the file's value.
/// If the environment has no `name`, the function is the file's name with "-" and the environment's name. An empty
/// `name`: only takes the table out. Fails with project_invalid.
[[nodiscard]] Result<> merge_environment(toml::table& file, std::string_view name);

}  // namespace faasta::cli
