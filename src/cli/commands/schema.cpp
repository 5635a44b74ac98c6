#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/project/project_schema.hpp"

namespace faasta::cli {
namespace {

Outcome<int> run(Session& session) {
  session.output.object(project_schema());
  return 0;
}

}  // namespace

void add_schema(CLI::App& app, Action& chosen) {
  add_command(app, "schema", "Print the JSON Schema of faasta.toml, for an editor", chosen, run);
}

}  // namespace faasta::cli
