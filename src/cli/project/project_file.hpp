#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/asset_manifest.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/settings.hpp"
#include "cli/project/languages.hpp"

namespace faasta::cli {

inline constexpr std::string_view kProjectFile = "faasta.toml";
inline constexpr std::string_view kDefaultBuildCommand = kCargoBuild;

/// The content of `faasta.toml`.
struct Project {
  explicit Project(FunctionName function) : name(std::move(function)) {}

  FunctionName name;        ///< of the chosen environment
  std::string environment;  ///< the chosen environment of the file; empty: none
  /// The folder of the file, relative to the current folder: "../.."; empty: the current folder.
  std::filesystem::path folder;
  std::optional<std::string> server;  ///< the URL of the server, unless the command line names one
  std::string build_command{kDefaultBuildCommand};
  const Language* recipe = nullptr;  ///< the language whose command is `build_command`; null: the file has a command
  std::optional<std::string> artifact;
  std::vector<std::string> watch;  ///< patterns of the files that `faasta dev` watches; empty: all
  /// A limit that the file sets.
  struct Limit {
    std::int64_t units = 0;  ///< the limit in the unit of the file: milliseconds, MiB
    std::string place;       ///< the position of the limit in the file: "faasta.toml:5:10: "
  };
  std::array<std::optional<Limit>, kLimitSettings.size()> limits;  ///< in the order of kLimitSettings
  /// The table [assets].
  struct Assets {
    std::string dir;  ///< relative to the project's folder
    NotFound not_found = NotFound::none;
    std::vector<std::string> function_first;
    std::vector<AssetManifest::Fields> headers;
  };
  std::optional<Assets> assets;
  FunctionSettings settings;  ///< lists and variables of the file; the member `limits` of this object is not set

  /// The file's path for messages: "../faasta.toml".
  [[nodiscard]] std::string shown_file() const { return (folder / kProjectFile).string(); }
};

/// Finds the project: reads the faasta.toml of the current folder, or of the nearest folder above that has one. A file
/// in a folder above is not used if it belongs to another user, because the build command in the file would be run.
/// Then the search fails with no_project.
/// `environment`: the environment of the file to choose; empty: none.
[[nodiscard]] Result<Project> find_project(std::string_view environment = {});
/// Fails with project_invalid and "faasta.toml:LINE:COLUMN: MISTAKE", or with no_project if there is no file.
[[nodiscard]] Result<Project> load_project(const std::filesystem::path& folder, std::string_view environment = {});
[[nodiscard]] Result<Project> parse_project(std::string_view text, std::string_view environment = {});

}  // namespace faasta::cli
