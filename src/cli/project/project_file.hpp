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
  std::filesystem::path folder;  ///< that holds the file, relative to the current folder: "../.."; empty: this one
  std::string build_command{kDefaultBuildCommand};
  std::optional<std::string> artifact;
  std::optional<std::int64_t> cpu_ms;
  std::optional<std::int64_t> timeout_ms;
  std::optional<std::int64_t> memory_mb;
  std::vector<std::string> outbound;
  /// Where the keys of [limits] stand: "cpu_ms" -> "faasta.toml:5:10: ".
  std::map<std::string, std::string, std::less<>> limit_places;

  /// The file as a message names it: "../faasta.toml".
  [[nodiscard]] std::string shown_file() const { return (folder / kProjectFile).string(); }
};

/// The project of the current folder, or of the nearest folder above it that has a faasta.toml, as cargo and git look.
/// A file above that belongs to another user is not taken, because its build command would be run: no_project.
[[nodiscard]] Result<Project> find_project();
/// Fails with project_invalid and "faasta.toml:LINE:COLUMN: what is wrong", or with no_project if there is no file.
[[nodiscard]] Result<Project> load_project(const std::filesystem::path& folder);
[[nodiscard]] Result<Project> parse_project(std::string_view text);

}  // namespace faasta::cli
