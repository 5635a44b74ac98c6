#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace faasta::store {

/// The settings of a version as the catalog keeps them.
[[nodiscard]] std::string settings_to_json(const FunctionSettings& settings);
/// What the catalog wrote; a setting that is missing keeps its default. Fails with data_unusable on anything else: a
/// damaged row must not become a function with other limits and other origins.
[[nodiscard]] Result<FunctionSettings> settings_from_json(std::string_view text);

[[nodiscard]] std::string strings_to_json(const std::vector<std::string>& strings);
/// Fails with data_unusable on anything but a list of texts.
[[nodiscard]] Result<std::vector<std::string>> strings_from_json(std::string_view text);

}  // namespace faasta::store
