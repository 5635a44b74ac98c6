#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/project/cargo_messages.hpp"
#include "cli/project/project_file.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// Chooses the project's component from the files that `cargo build` linked. These rules apply in this order:
/// 1. The file of `[build] artifact`. This file must be a linked file or a copy of a linked file; otherwise it comes
///    from an older build and is refused.
/// 2. Otherwise, the file with the function's name. (In names of libraries, cargo writes `_` for `-`.)
/// 3. If no file or several files have that name: the only file with a handler (`has_handler`). If there is no file
///    with a handler, or more than one: the only file of the package of `root_manifest`. If no rule finds a file, fails
///    with build_no_artifact and the list of the files.
[[nodiscard]] Outcome<std::filesystem::path> choose_artifact(
    const Project& project, const std::vector<LinkedFile>& linked, const std::filesystem::path& root_manifest,
    const std::function<bool(const std::filesystem::path&)>& has_handler);

}  // namespace faasta::cli
