#pragma once

#include <string>
#include <vector>

namespace faasta::cli {

/// Runs the program: reads the command line, runs the command, and returns the exit code.
[[nodiscard]] int run_cli(int argc, char** argv);

/// Returns the arguments after the program's name. Cargo runs `cargo faasta deploy` as `cargo-faasta faasta deploy`;
/// then the first argument is dropped.
[[nodiscard]] std::vector<std::string> command_line(int argc, char** argv);

}  // namespace faasta::cli
