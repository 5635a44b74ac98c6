#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/project/languages.hpp"

namespace faasta::cli {

/// A project that was in a folder before Faasta.
struct ExistingProject {
  const Language* language = nullptr;
  std::string seen;      ///< the file that shows the language, and the tool in the file: "package.json with jco"
  std::string command;   ///< the project's own build command; empty: the build of the language
  std::string artifact;  ///< the component that this command makes; empty: unknown
  std::vector<std::string> remarks = {};  ///< for the user: reasons why the project cannot become a function as it is
};

/// Looks for the project in `folder`: a package of cargo, npm, Python, or sources in Go, C or C++. Empty if the folder
/// has none of them.
[[nodiscard]] std::optional<ExistingProject> find_existing(const std::filesystem::path& folder);
/// Returns the text of a faasta.toml for the project.
[[nodiscard]] std::string project_file_text(std::string_view name, const ExistingProject& project);
/// Returns the files that the build of the language reads and that the folder does not have.
[[nodiscard]] std::vector<std::string> missing_sources(const ExistingProject& project,
                                                       const std::filesystem::path& folder);

}  // namespace faasta::cli
