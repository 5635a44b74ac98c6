#pragma once

#include <string>
#include <vector>

#include "cli/process/process.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// How a program ended, and the end of what it said on stderr.
struct Ran {
  int status = 0;
  std::string stderr_end;
};

/// Runs a program to its end; its stderr is ours, its stdout goes to `take_stdout`.
[[nodiscard]] Outcome<Ran> run_program(const std::vector<std::string>& arguments, const Process::Take& take_stdout);

/// The cargo to run: the one that runs us, if one does.
[[nodiscard]] std::string cargo_program();

}  // namespace faasta::cli
