#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"

namespace faasta::store {

/// The settings of a version as the catalog keeps them.
[[nodiscard]] std::string settings_to_json(const FunctionSettings& settings);
/// What the catalog wrote; a field that is missing keeps its default.
[[nodiscard]] FunctionSettings settings_from_json(std::string_view text);

[[nodiscard]] std::string strings_to_json(const std::vector<std::string>& strings);
[[nodiscard]] std::vector<std::string> strings_from_json(std::string_view text);

}  // namespace faasta::store
