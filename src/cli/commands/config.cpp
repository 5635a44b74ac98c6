#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/project/project_values.hpp"
#include "cli/terminal/table.hpp"

namespace faasta::cli {
namespace {

Outcome<int> run(Session& session) {
  const auto project = find_project(session.options.environment);
  if (!project) return std::unexpected(project.error());
  const auto values = project_values(project->folder, session.options.environment);
  if (!values) return std::unexpected(values.error());
  if (session.output.json()) {
    boost::json::array settings;
    for (const ProjectValue& value : *values)
      settings.push_back(boost::json::object{{"key", value.key}, {"value", value.value}, {"place", value.place}});
    session.output.object(
        {{"name", project->name.str()}, {"environment", project->environment}, {"settings", std::move(settings)}});
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const ProjectValue& value : *values)
    rows.push_back({printable_line(value.key + " = " + value.text), value.place});
  session.output.line(table(rows));
  return 0;
}

}  // namespace

void add_config(CLI::App& app, Action& chosen) {
  add_command(app, "config", "Show the settings of faasta.toml with --env merged in, and where each one stands", chosen,
              run);
}

}  // namespace faasta::cli
