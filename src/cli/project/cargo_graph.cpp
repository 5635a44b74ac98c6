#include "cli/project/cargo_graph.hpp"

#include <algorithm>
#include <map>

#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

using Places = std::map<std::string, std::size_t, std::less<>>;

bool has_kind(const boost::json::object& package, std::string_view kind) {
  return std::ranges::any_of(array_field(package, "targets"), [&](const boost::json::value& target) {
    if (!target.is_object()) return false;
    return std::ranges::any_of(array_field(target.get_object(), "kind"), [&](const boost::json::value& one) {
      return one.is_string() && std::string_view(one.get_string()) == kind;
    });
  });
}

GraphPackage read_package(const boost::json::object& object) {
  GraphPackage out;
  out.id = text_field(object, "id");
  out.name = text_field(object, "name");
  out.version = text_field(object, "version");
  out.source = text_field(object, "source");
  out.manifest = text_field(object, "manifest_path");
  out.build_script = has_kind(object, "custom-build");
  out.proc_macro = has_kind(object, "proc-macro");
  for (const boost::json::value& value : array_field(object, "dependencies")) {
    const auto* dependency = value.if_object();
    if (dependency == nullptr) continue;
    const std::string kind = text_field(*dependency, "kind");
    if (kind == "dev") continue;
    out.declared.push_back({text_field(*dependency, "name"), text_field(*dependency, "rename"),
                            text_field(*dependency, "source"), kind == "build",
                            !text_field(*dependency, "target").empty()});
  }
  return out;
}

/// Reads the edges of a node, except edges for tests only. False if an edge leads to no package.
bool read_edges(const boost::json::object& node, const Places& places, GraphPackage& package) {
  for (const boost::json::value& value : array_field(node, "deps")) {
    const auto* dependency = value.if_object();
    const auto to = dependency == nullptr ? places.end() : places.find(text_field(*dependency, "pkg"));
    if (to == places.end()) return false;
    GraphPackage::Edge edge{to->second, text_field(*dependency, "name")};
    for (const boost::json::value& kind : array_field(*dependency, "dep_kinds")) {
      const std::string word = kind.is_object() ? text_field(kind.get_object(), "kind") : std::string();
      edge.normal = edge.normal || word.empty();
      edge.build = edge.build || word == "build";
    }
    if (edge.normal || edge.build) package.edges.push_back(std::move(edge));
  }
  return true;
}

std::vector<std::size_t> places_of(const boost::json::array& ids, const Places& places) {
  std::vector<std::size_t> out;
  for (const boost::json::value& id : ids) {
    const auto place = id.is_string() ? places.find(std::string_view(id.get_string())) : places.end();
    if (place != places.end()) out.push_back(place->second);
  }
  return out;
}

}  // namespace

std::optional<std::size_t> CargoGraph::find(std::string_view id) const {
  const auto found = std::ranges::find(packages, id, &GraphPackage::id);
  if (found == packages.end()) return std::nullopt;
  return static_cast<std::size_t>(found - packages.begin());
}

Result<CargoGraph> parse_cargo_metadata(std::string_view text) {
  const auto odd = [] { return fail(Code::dependencies_unknown, "`cargo metadata` answered in another form"); };
  const auto document = parse_object(text);
  if (!document) return odd();
  CargoGraph out;
  Places places;
  for (const boost::json::value& value : array_field(*document, "packages")) {
    if (!value.is_object()) return odd();
    GraphPackage package = read_package(value.get_object());
    if (package.id.empty() || package.name.empty() || package.version.empty()) return odd();
    places.emplace(package.id, out.packages.size());
    out.packages.push_back(std::move(package));
  }
  const auto& resolve = object_field(*document, "resolve");
  const auto& nodes = array_field(resolve, "nodes");
  if (nodes.empty()) return odd();
  for (const boost::json::value& value : nodes) {
    if (!value.is_object()) return odd();
    const auto place = places.find(text_field(value.get_object(), "id"));
    if (place == places.end()) return odd();
    if (!read_edges(value.get_object(), places, out.packages[place->second])) return odd();
  }
  if (const auto root = places.find(text_field(resolve, "root")); root != places.end()) out.root = root->second;
  out.members = places_of(array_field(*document, "workspace_members"), places);
  out.default_members = places_of(array_field(*document, "workspace_default_members"), places);
  out.workspace_root = text_field(*document, "workspace_root");
  if (out.members.empty() || out.workspace_root.empty()) return odd();
  return out;
}

}  // namespace faasta::cli
