#pragma once

#include <string>
#include <vector>

#include "cli/process/process.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// How a program ended, and the last part of its stderr.
struct Ran {
  int status = 0;
  std::string stderr_end;
};

/// Runs a program to its end. Its stderr is passed on to our stderr; its stdout is passed to `take_stdout`.
[[nodiscard]] Outcome<Ran> run_program(const std::vector<std::string>& arguments, const Process::Take& take_stdout);

/// The cargo to run: if a cargo started this program, the same cargo.
[[nodiscard]] std::string cargo_program();

}  // namespace faasta::cli
