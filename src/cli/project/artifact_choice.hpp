#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/project/cargo_messages.hpp"
#include "cli/project/project_file.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// Which of the files that `cargo build` linked is the project's component. It is never a guess:
/// 1. `[build] artifact`, which must be one of the files, or a copy of one. Otherwise the file is an older build's.
/// 2. Else the file that is called like the function; cargo writes `_` for `-` in the names of libraries.
/// 3. If no file or more than one is called so: the only one that `has_handler` of all that are left, or of those in
///    the package of `root_manifest`.
/// Fails with build_no_artifact and the list of the files.
[[nodiscard]] Outcome<std::filesystem::path> choose_artifact(
    const Project& project, const std::vector<LinkedFile>& linked, const std::filesystem::path& root_manifest,
    const std::function<bool(const std::filesystem::path&)>& has_handler);

}  // namespace faasta::cli
