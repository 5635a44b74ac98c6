#pragma once

#include <filesystem>
#include <string>

#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// A folder of a repository: "URL#REF:FOLDER".
struct GitPlace {
  std::string where;   ///< the URL of the repository, or a folder
  std::string ref;     ///< a branch or tag; empty: the repository's default branch
  std::string folder;  ///< the folder inside of the repository; empty: its root
};

/// Reads "URL", "URL#REF", "URL#REF:FOLDER" or "URL#:FOLDER".
[[nodiscard]] GitPlace git_place(const std::string& text);
/// Returns the URL without a user and a password.
[[nodiscard]] std::string without_user(const std::string& url);
/// Whether the folder is one inside of the repository.
[[nodiscard]] bool is_inside_repository(const GitPlace& place);
/// Clones the newest commit by the program `git`. Fails with io_error.
[[nodiscard]] Outcome<> git_clone(const GitPlace& place, const std::filesystem::path& into);
/// Returns the digest of the commit that is checked out. Fails with io_error.
[[nodiscard]] Outcome<std::string> git_commit(const std::filesystem::path& clone);

}  // namespace faasta::cli
