#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// The problem of a command line that CLI11 refuses: the reason, the command or option that was probably meant, and the
/// environment variable with the wrong value if no argument has it.
[[nodiscard]] Problem usage_problem(const CLI::App& app, const std::vector<std::string>& arguments,
                                    const CLI::ParseError& error);

}  // namespace faasta::cli
