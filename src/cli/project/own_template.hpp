#pragma once

#include <string>
#include <vector>

#include "base/function_name.hpp"
#include "cli/project/scaffold.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// A place with a template: a folder, or a repository of git as "URL#REF:FOLDER".
struct TemplatePlace {
  std::string where;   ///< a folder, or the URL of the repository
  std::string ref;     ///< a branch or tag; empty: the repository's default branch
  std::string folder;  ///< the folder inside of the repository; empty: its root
};

/// Reads "FOLDER", "URL", "URL#REF", "URL#REF:FOLDER" or "URL#:FOLDER".
[[nodiscard]] TemplatePlace template_place(const std::string& text);
/// Returns the files of a template that a user has. Each `{{name}}` is replaced by the function's name; nothing of the
/// template is run. A repository is cloned by the program `git`.
[[nodiscard]] Outcome<std::vector<NewFile>> own_template(const std::string& from, const FunctionName& name);

}  // namespace faasta::cli
