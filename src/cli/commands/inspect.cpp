#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <memory>
#include <optional>

#include "base/file.hpp"
#include "base/printable.hpp"
#include "base/sha256.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/units.hpp"
#include "component/component_reader.hpp"
#include "component/custom_sections.hpp"
#include "policy/dependency_list.hpp"

namespace faasta::cli {
namespace {

using component::Component;

/// The dependency lists of all sections, merged into one list. If a list is damaged, the error.
struct Dependencies {
  bool present = false;
  std::optional<policy::DependencyList> list;
};

Dependencies dependencies_of(std::string_view bytes) {
  const auto sections = component::custom_sections(bytes, policy::kDependencySection);
  if (!sections || sections->empty()) return {};
  std::vector<policy::DependencyList> lists;
  for (const std::string_view section : *sections) {
    auto list = policy::read_section(section);
    if (!list) return {true, std::nullopt};
    lists.push_back(std::move(*list));
  }
  return {true, policy::merged(lists)};
}

/// Returns the name of the world with these exports. A component does not contain this name.
std::string world_of(const Component& component) {
  if (component::check_handler(component)) return "wasi:http/proxy";
  if (const auto version = component::check_wasi_version(component);
      !version && version.error().code == Code::component_wasi_p3)
    return "of WASI 0.3";
  for (const std::string& name : component.exports)
    if (name.starts_with("wasi:cli/run@")) return "wasi:cli/command";
  return "other";
}

boost::json::object as_json(const std::string& path, std::string_view bytes, const Component& component) {
  boost::json::array sections;
  for (const component::CustomSection& section : component.custom_sections)
    sections.push_back(boost::json::object{{"name", section.name}, {"size", section.bytes.size()}});
  boost::json::object out{{"file", path},
                          {"size", bytes.size()},
                          {"sha256", sha256(bytes).hex()},
                          {"world", world_of(component)},
                          {"imports", boost::json::array(component.imports.begin(), component.imports.end())},
                          {"exports", boost::json::array(component.exports.begin(), component.exports.end())},
                          {"core_modules", component.core_modules},
                          {"custom_sections", sections}};
  const Dependencies dependencies = dependencies_of(bytes);
  if (!dependencies.list) {
    out["dependencies"] = nullptr;
    return out;
  }
  boost::json::array list;
  for (const policy::Package& d : dependencies.list->packages)
    list.push_back(boost::json::object{{"name", d.name},
                                       {"version", d.version},
                                       {"source", d.source},
                                       {"kind", d.kind == policy::Kind::build ? "build" : "runtime"}});
  out["dependencies"] = list;
  return out;
}

void show_names(Output& output, std::string_view title, const std::vector<std::string>& names) {
  output.line(fmt::format("{} {}", title, names.size()));
  for (const std::string& name : names) output.line("  " + printable_line(name));
}

void show(Output& output, std::string_view bytes, const Component& component) {
  output.line("world   " + world_of(component));
  output.line("size    " + human_size(bytes.size()));
  output.line("sha256  " + sha256(bytes).hex());
  show_names(output, "imports", component.imports);
  show_names(output, "exports", component.exports);
  const Dependencies dependencies = dependencies_of(bytes);
  if (!dependencies.present) return output.line("dependencies not embedded");
  if (!dependencies.list) return output.line("dependencies embedded, but the list is damaged");
  output.line(fmt::format("dependencies {}", dependencies.list->packages.size()));
  for (const policy::Package& d : dependencies.list->packages)
    output.line(printable_line(
        fmt::format("  {} {} ({}{})", d.name, d.version, d.source, d.kind == policy::Kind::build ? ", build" : "")));
}

Outcome<int> run(Session& session, const std::string& path) {
  const auto bytes = read_file(path, component::kLargestFile);
  if (!bytes) return std::unexpected(bytes.error());
  const auto component = component::read_component(*bytes);
  if (!component)
    return fail(component.error().code,
                path + (component.error().detail.empty() ? "" : ": ") + component.error().detail);
  if (session.output.json())
    session.output.object(as_json(path, *bytes, *component));
  else
    show(session.output, *bytes, *component);
  const auto handler = component::check_handler(*component);
  if (!handler)
    session.output.note("not deployable: " + std::string(info(handler.error().code).title) +
                        (handler.error().detail.empty() ? "" : "; " + handler.error().detail));
  return 0;
}

}  // namespace

void add_inspect(CLI::App& app, Action& chosen) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "inspect", "Show a component's world, imports, exports and dependencies", chosen,
                                  [path](Session& session) { return run(session, *path); });
  command->add_option("FILE", *path, "The .wasm file")->required();
}

}  // namespace faasta::cli
