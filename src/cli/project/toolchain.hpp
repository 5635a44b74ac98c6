#pragma once
// Finds the programs that the build of a language needs, and asks them for their versions.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cli/project/languages.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// A program that a build needs, as it was found on this machine.
struct FoundTool {
  Tool tool;
  std::filesystem::path path;  ///< empty: not found
  std::string version;         ///< the version that the program prints; empty: it prints none
  bool usable = false;         ///< found, and not too old
};

/// Returns the folders in which a build's programs are searched, as the variable PATH has them: the packages of the
/// project in `folder` (npm, a virtual environment of Python), then PATH, then FAASTA_GUEST_TOOLS, then the folder of
/// faasta itself. The project comes first, because its lock file pins the versions.
[[nodiscard]] std::string search_path(const std::filesystem::path& folder);
/// Looks for the tools of a language.
[[nodiscard]] std::vector<FoundTool> find_tools(const Language& language, const std::filesystem::path& folder);
/// Returns the tools that are missing or too old.
[[nodiscard]] std::vector<FoundTool> unusable(std::vector<FoundTool> tools);
/// Returns one line for a shell that installs these tools.
[[nodiscard]] std::string install_line(const std::vector<FoundTool>& missing);
/// Fails with tool_missing and the line that installs the missing tools.
[[nodiscard]] Outcome<> check_tools(const Language& language, const std::filesystem::path& folder);
inline constexpr std::string_view kRustTarget = "wasm32-wasip2";
inline constexpr std::string_view kInstallRustTarget = "rustup target add wasm32-wasip2";
/// Whether cargo can compile for wasm32-wasip2: rustc has the target's standard library, or compiles it from source.
[[nodiscard]] bool has_rust_target();

/// Returns the first text in `output` that looks like a version: "go version go1.26.8 linux" has "1.26.8".
[[nodiscard]] std::string version_in(std::string_view output);
/// Whether `version` is `least` or higher. Compares number by number.
[[nodiscard]] bool is_at_least(std::string_view version, std::string_view least);

}  // namespace faasta::cli
