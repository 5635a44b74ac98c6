#pragma once

#include <string>
#include <vector>

namespace faasta::cli {

/// The whole program but `main`: understands the command line, runs the command, returns the exit code.
[[nodiscard]] int run_cli(int argc, char** argv);

/// The arguments after the program's name. `cargo faasta deploy` runs `cargo-faasta faasta deploy`: the first goes.
[[nodiscard]] std::vector<std::string> command_line(int argc, char** argv);

}  // namespace faasta::cli
