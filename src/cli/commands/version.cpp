#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"

namespace faasta::cli {
namespace {

Outcome<int> run(Session& session) {
  if (session.output.json())
    session.output.object({{"version", FAASTA_VERSION}});
  else
    session.output.line("faasta " FAASTA_VERSION);
  return 0;
}

}  // namespace

void add_version(CLI::App& app, Action& chosen) { add_command(app, "version", "Print the version", chosen, run); }

}  // namespace faasta::cli
