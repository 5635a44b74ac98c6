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

/// Returns the data folder of the private server of `faasta dev`, which is kept from one run to the next. `fresh`:
/// deletes its content before. Fails if a server uses it.
[[nodiscard]] Result<std::filesystem::path> private_data(const std::filesystem::path& project, bool fresh);

}  // namespace faasta::cli
