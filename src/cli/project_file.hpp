#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/function_name.hpp"

namespace faasta::cli {

inline constexpr std::string_view kProjectFile = "faasta.toml";
inline constexpr std::string_view kDefaultBuildCommand = "cargo build --release --target wasm32-wasip2";

/// What `faasta.toml` says.
struct Project {
  explicit Project(FunctionName function) : name(std::move(function)) {}

  FunctionName name;
  std::string build_command{kDefaultBuildCommand};
  std::optional<std::string> artifact;
  std::optional<std::int64_t> cpu_ms;
  std::optional<std::int64_t> timeout_ms;
  std::optional<std::int64_t> memory_mb;
  std::vector<std::string> outbound;
  /// Where the keys of [limits] stand: "cpu_ms" -> "faasta.toml:5:10: ".
  std::map<std::string, std::string, std::less<>> limit_places;
};

/// Fails with project_invalid and "faasta.toml:LINE:COLUMN: what is wrong", or with no_project if there is no file.
[[nodiscard]] Result<Project> load_project(const std::filesystem::path& folder);
[[nodiscard]] Result<Project> parse_project(std::string_view text);

}  // namespace faasta::cli
