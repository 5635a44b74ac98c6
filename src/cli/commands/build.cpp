#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/project/builder.hpp"
#include "cli/project/project_check.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

/// Adds the dependencies of the build to `out`; null if they are unknown.
void add_dependencies(const Built& built, boost::json::object& out) {
  out["dependencies"] = nullptr;
  out["policy"] = nullptr;
  if (!built.dependencies) return;
  const policy::DependencyList list = policy::sorted(built.dependencies->list);
  boost::json::array packages;
  for (const policy::Package& package : list.packages)
    packages.push_back(boost::json::object{{"name", package.name},
                                           {"version", package.version},
                                           {"source", package.source},
                                           {"kind", package.kind == policy::Kind::build ? "build" : "runtime"}});
  const auto scripts = with_build_scripts(*built.dependencies);
  const auto macros = procedural_macros(*built.dependencies);
  out["dependencies"] = std::move(packages);
  out["build_scripts"] = boost::json::array(scripts.begin(), scripts.end());
  out["proc_macros"] = boost::json::array(macros.begin(), macros.end());
  out["policy"] = built.policy && built.policy->of_server ? "server" : "built-in";
}

void show_names(Output& output, std::string_view title, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::string line(title);
  for (const std::string& name : names) line += (&name == &names.front() ? ": " : ", ") + name;
  output.note(printable_line(line));
}

/// Checks against the server's ceilings if the server answers. Otherwise the build goes on, because the server may
/// allow limits above the defaults.
Outcome<> check_limits_of(Session& session, const Project& project) {
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  auto checked = check_by_server(*api)(project.name, &project);
  const auto judged = [&](Code code) { return checked.error().id == info(code).id; };
  if (checked || judged(Code::project_invalid) || judged(Code::reserved_name)) return checked;
  if (const auto by_defaults = check_by_defaults(project.name, &project); !by_defaults)
    session.output.warning(by_defaults.error().detail);
  return {};
}

Outcome<int> run(Session& session) {
  const auto project = find_project(session.options.environment);
  if (!project) return std::unexpected(project.error());
  if (auto checked = check_limits_of(session, *project); !checked) return std::unexpected(std::move(checked.error()));
  tell_project(*project, session.output);
  const auto built = run_build(*project, [&] { return policy_or_default(session); }, session.output);
  if (!built) return std::unexpected(built.error());
  const auto file = check_file(built->path);
  if (!file) return std::unexpected(file.error());
  const auto& imports = file->component.imports;
  if (session.output.json()) {
    boost::json::object out{{"name", project->name.str()},
                            {"path", file->path.string()},
                            {"size", file->size},
                            {"sha256", file->sha256.hex()},
                            {"imports", boost::json::array(imports.begin(), imports.end())}};
    add_dependencies(*built, out);
    session.output.object(out);
    return 0;
  }
  session.output.line(file->path.string());
  session.output.note(human_size(file->size) + ", imports:" + (imports.empty() ? " none" : ""));
  for (const std::string& import : imports) session.output.note("  " + printable_line(import));
  if (built->dependencies) {
    show_names(session.output, "with build scripts", with_build_scripts(*built->dependencies));
    show_names(session.output, "procedural macros", procedural_macros(*built->dependencies));
  }
  return 0;
}

}  // namespace

void add_build(CLI::App& app, Action& chosen) {
  add_command(app, "build", "Build the component, check it, and print where it is", chosen, run);
}

}  // namespace faasta::cli
