#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// Describes why CLI11 refuses a command line. The problem also names the command or option that the user probably
/// meant. If the wrong value comes from an environment variable, the problem names the variable.
[[nodiscard]] Problem usage_problem(const CLI::App& app, const std::vector<std::string>& arguments,
                                    const CLI::ParseError& error);

}  // namespace faasta::cli
