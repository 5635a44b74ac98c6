#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/function_name.hpp"
#include "cli/project/languages.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// A file of a new project.
struct NewFile {
  std::string path;
  std::string content;
};

/// Returns `content` with the function's name in place of each `{{name}}`.
[[nodiscard]] std::string filled(std::string_view content, const std::string& name);
/// Returns the files of a language's template, for a function with this name.
[[nodiscard]] std::vector<NewFile> template_files(const Language& language, const FunctionName& name);
/// Writes the files into `folder`, which is created if it does not exist. If any of the files exists, fails and writes
/// no file. Returns the paths of the written files.
[[nodiscard]] Outcome<std::vector<std::string>> write_project(const std::filesystem::path& folder,
                                                              std::vector<NewFile> files);
/// If the package is inside a cargo workspace that does not list the package, cargo refuses to build it. In this case,
/// adds an empty `[workspace]` to the package, which makes it a workspace of its own. Calls cargo only if there is a
/// Cargo.toml in a folder above.
[[nodiscard]] Outcome<> settle_workspace(const std::filesystem::path& folder, Output& output);
/// Prints the files and the next step. `from`: the folder of `-C`, or empty.
void report_project(Output& output, const std::filesystem::path& from, const std::filesystem::path& folder,
                    const FunctionName& name, const std::vector<std::string>& written);

}  // namespace faasta::cli
