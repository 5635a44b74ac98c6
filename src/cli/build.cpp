#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include "cli/builder.hpp"
#include "cli/commands.hpp"
#include "cli/printable.hpp"
#include "cli/units.hpp"

namespace faasta::cli {
namespace {

Outcome<int> run(Session& session) {
  const auto project = load_project(".");
  if (!project) return std::unexpected(project.error());
  const auto made = run_build(*project, session.output);
  if (!made) return std::unexpected(made.error());
  const auto file = check_file(*made);
  if (!file) return std::unexpected(file.error());
  const auto& imports = file->component.imports;
  if (session.output.json()) {
    session.output.object({{"name", project->name.str()},
                           {"path", file->path.string()},
                           {"size", file->size},
                           {"sha256", file->sha256.hex()},
                           {"imports", boost::json::array(imports.begin(), imports.end())}});
    return 0;
  }
  session.output.line(file->path.string());
  session.output.note(human_size(file->size) + ", imports:" + (imports.empty() ? " none" : ""));
  for (const std::string& import : imports) session.output.note("  " + printable_line(import));
  return 0;
}

}  // namespace

void add_build(CLI::App& app, Action& chosen) {
  add_command(app, "build", "Build the component, check it, and print where it is", chosen, run);
}

}  // namespace faasta::cli
