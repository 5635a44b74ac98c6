#include "cli/process/program.hpp"

#include <cstdlib>

#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/output.hpp"

namespace faasta::cli {

Outcome<Ran> run_program(const std::vector<std::string>& arguments, const Process::Take& take_stdout,
                         const Watching& watching) {
  constexpr std::size_t kRememberedStderr =
      256U << 10U;  // the last bytes of stderr that are stored; enough for every E0463 of a build
  auto child = Process::start(arguments, Process::Stdout::pipe);
  if (!child) return std::unexpected(child.error());
  Ran ran;
  const auto take_stderr = [&](std::string_view bytes) {
    if (watching.before_text) watching.before_text();
    Output::pass_on(bytes);
    ran.stderr_end += bytes;
    if (ran.stderr_end.size() > 2 * kRememberedStderr) ran.stderr_end.erase(0, kRememberedStderr);
  };
  child->pump(take_stdout, take_stderr, watching.tick, Process::Until::ended);
  if (interrupted()) child->stop_with_descendants(2);
  if (interrupted()) return fail(Code::interrupted);
  ran.status = child->wait();
  return ran;
}

std::string cargo_program() {
  const char* cargo =
      std::getenv("CARGO");  // cargo sets CARGO when the user runs `cargo faasta`; this returns the same cargo
  return cargo != nullptr && *cargo != '\0' ? cargo : "cargo";
}

}  // namespace faasta::cli
