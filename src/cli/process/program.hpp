#pragma once

#include <string>
#include <vector>

#include "cli/process/process.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// What the caller does while a program runs.
struct Watching {
  std::function<void()> tick = {};         ///< called once a second or more often
  std::function<void()> before_text = {};  ///< called before the program's stderr is printed
};

/// The exit status of a program, and the last part of its stderr.
struct Ran {
  int status = 0;
  std::string stderr_end;
};

/// Runs a program to its end. Copies the program's stderr to our stderr, and passes the program's stdout to
/// `take_stdout`.
[[nodiscard]] Outcome<Ran> run_program(const std::vector<std::string>& arguments, const Process::Take& take_stdout,
                                       const Watching& watching = {});

/// Returns the cargo program to run. If cargo started our program, returns the path of that cargo.
[[nodiscard]] std::string cargo_program();

}  // namespace faasta::cli
