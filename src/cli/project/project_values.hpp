#pragma once

#include <boost/json/value.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta::cli {

/// One value of faasta.toml, after an environment was merged in.
struct ProjectValue {
  std::string key;    ///< "limits.cpu_ms"
  std::string text;   ///< the value as TOML
  std::string place;  ///< "faasta.toml:5:10"
  boost::json::value value;
};

/// Returns the values of the file in `folder`, sorted by their keys. The file must be valid: load_project() has read
/// it.
[[nodiscard]] Result<std::vector<ProjectValue>> project_values(const std::filesystem::path& folder,
                                                               std::string_view environment);

}  // namespace faasta::cli
