#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/toml.hpp"
#include "cli/project/project_file.hpp"

namespace faasta::cli {

/// The table within [assets] that has fields by patterns of paths.
inline constexpr std::string_view kAssetHeaders = "headers";

/// A mistake in faasta.toml.
struct Mistake {
  toml::source_region where;
  std::string what;
};

/// Reads the table [assets].
[[nodiscard]] std::expected<Project::Assets, Mistake> assets_of(const toml::table& table);

}  // namespace faasta::cli
