#pragma once

#include <filesystem>
#include <string_view>

#include "base/error.hpp"

namespace faasta::cli {

inline constexpr std::string_view kPrivateFolder = ".faasta";

/// Returns the folder `.faasta` of a project, and makes it if it is not there. It has what belongs to this machine and
/// this person, so a .gitignore in it keeps it out of the repository. Fails if it is a symbolic link, because a project
/// of somebody else could lead to any other folder in this way.
[[nodiscard]] Result<std::filesystem::path> private_folder(const std::filesystem::path& project);

}  // namespace faasta::cli
