#pragma once

#include <string>
#include <vector>

#include "base/function_name.hpp"
#include "cli/project/scaffold.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// Returns the files of a template that a user has: `from` is a folder, or a place of git (cli/process/git). Each
/// `{{name}}` is replaced by the function's name; nothing of the template is run. A repository is cloned by the program
/// `git`.
[[nodiscard]] Outcome<std::vector<NewFile>> own_template(const std::string& from, const FunctionName& name);

}  // namespace faasta::cli
