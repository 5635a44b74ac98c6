#include "cli/project/build_dependencies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>

#include "cli/process/program.hpp"
#include "cli/project/package_source.hpp"

namespace faasta::cli {
namespace {

constexpr std::size_t kLargestMetadata = 256U << 20U;

Outcome<std::string> output_of(const std::vector<std::string>& command) {
  std::string out;
  auto ran = run_program(command, [&](std::string_view bytes) {
    if (out.size() < kLargestMetadata) out += bytes;
  });
  if (!ran) return std::unexpected(std::move(ran.error()));
  if (ran->status != 0)
    return fail(Code::dependencies_unknown,
                fmt::format("`{}` ended with exit code {}", fmt::join(command, " "), ran->status));
  return out;
}

Outcome<CargoGraph> ask_cargo(const CargoCommand& command, const std::vector<std::string>& platforms) {
  std::vector<std::string> words = {cargo_program(), "metadata", "--format-version", "1"};
  words.insert(words.end(), command.graph_options.begin(), command.graph_options.end());
  for (const std::string& platform : platforms) {
    words.emplace_back("--filter-platform");
    words.push_back(platform);
  }
  const auto text = output_of(words);
  if (!text) return std::unexpected(text.error());
  auto graph = parse_cargo_metadata(*text);
  if (!graph) return std::unexpected(graph.error());
  return std::move(*graph);
}

/// Returns the target triple of this machine.
Outcome<std::string> host_platform() {
  constexpr std::string_view kHost = "\nhost: ";
  const auto text = output_of({cargo_program(), "-vV"});
  if (!text) return std::unexpected(text.error());
  const std::size_t start = text->find(kHost);
  if (start == std::string::npos) return fail(Code::dependencies_unknown, "`cargo -vV` names no host");
  return text->substr(start + kHost.size(), text->find('\n', start + 1) - start - kHost.size());
}

/// Returns the package name in a package specification: "name", "name@1.0", "path+file:///x/name", "...#name@1.0".
std::string name_of_spec(std::string_view spec) {
  const std::size_t hash = spec.find('#');
  if (hash != std::string_view::npos) spec.remove_prefix(hash + 1);
  spec = spec.substr(0, spec.find('@'));
  if (spec.find('/') != std::string_view::npos) spec.remove_prefix(spec.rfind('/') + 1);
  return std::string(spec.substr(0, spec.find(':')));
}

/// Returns the packages that the command builds. If the packages cannot be determined, returns all packages of the
/// workspace: it is better to check too many packages than too few.
std::vector<std::size_t> roots_of(const CargoCommand& command, const CargoGraph& graph) {
  if (command.whole_workspace) return graph.members;
  std::vector<std::size_t> out;
  for (const std::string& spec : command.packages) {
    const std::string name = name_of_spec(spec);
    const std::size_t before = out.size();
    for (std::size_t i = 0; i < graph.packages.size(); ++i)
      if (graph.packages[i].name == name) out.push_back(i);
    if (out.size() == before) return graph.members;
  }
  if (!out.empty()) return out;
  // In the top folder of a workspace, cargo builds the default members. The package in that folder need not be a
  // default member.
  const bool at_top = !graph.root || graph.packages[*graph.root].manifest == graph.workspace_root + "/Cargo.toml";
  if (at_top && !graph.default_members.empty()) return graph.default_members;
  return graph.root ? std::vector{*graph.root} : graph.members;
}

bool from_registry(const std::string& source) {
  return source.starts_with("registry+") || source.starts_with("sparse+");
}

/// Returns the declaration for an edge of the graph.
const DeclaredDependency* declaration(const GraphPackage& parent, const GraphPackage& child, const std::string& name) {
  const DeclaredDependency* out = nullptr;
  for (const DeclaredDependency& declared : parent.declared) {
    if (declared.name != child.name) continue;
    const std::string& called = declared.rename.empty() ? declared.name : declared.rename;
    if (policy::folded_name(called) == policy::folded_name(name)) return &declared;
    out = &declared;
  }
  return out;
}

/// Visits the graphs, starting at the packages that are built. A package is listed twice if it is in the component and
/// also runs during the build.
class Walk {
 public:
  Walk(const CargoGraph& target, const CargoGraph& host) : target_(target), host_(host) {}

  void start(std::size_t root) {
    const std::size_t place = enter(target_.packages[root], false);
    out_.list.packages[place].root = true;
  }
  void run() {
    for (; !waiting_.empty(); waiting_.pop_front()) visit(waiting_.front());
  }
  BuildDependencies take(const PackageSources& sources, const std::set<std::string>& checksums) {
    for (const auto& [id, place] : places_) out_.ids.insert(id);
    for (std::size_t i = 0; i < found_.size(); ++i) {
      const GraphPackage& package = *found_[i].package;
      out_.list.packages[i].source = sources.source_of(package, found_[i].stands_in);
      policy::PackageFacts& facts = out_.facts[i];
      facts.without_checksum = from_registry(package.source) &&
                               !checksums.contains(checksum_key(package.name, package.version, package.source));
      if (found_[i].stands_in) facts.remark = "in place of the package that is asked for ([patch], [replace] or paths)";
      if (!found_[i].called.empty()) facts.remark += (facts.remark.empty() ? "" : ", ") + found_[i].called;
    }
    return std::move(out_);
  }

 private:
  struct Visit {
    std::string id;
    bool build = false;
  };
  struct Found {
    const GraphPackage* package = nullptr;
    bool stands_in = false;
    std::string called;
  };

  std::size_t enter(const GraphPackage& package, bool build) {
    const auto [entry, is_new] = places_.emplace(package.id, found_.size());
    if (is_new) {
      found_.push_back({&package, false, {}});
      out_.list.packages.push_back({package.name, package.version, {}, policy::Kind::build, {}, false});
      out_.facts.push_back({package.build_script, package.proc_macro, false, {}});
    }
    if (!build) out_.list.packages[entry->second].kind = policy::Kind::runtime;
    if (visited_[build ? 1 : 0].insert(package.id).second) waiting_.push_back({package.id, build});
    return entry->second;
  }

  void visit(const Visit& visit) {
    const CargoGraph& graph = visit.build ? host_ : target_;
    const auto at = graph.find(visit.id);
    if (at) follow(graph.packages[*at], graph, visit.build, false);
    // Build scripts run on this machine, even the scripts of packages that are compiled for the component's target.
    if (const auto same = host_.find(visit.id); same && !visit.build) follow(host_.packages[*same], host_, false, true);
  }

  void follow(const GraphPackage& package, const CargoGraph& graph, bool build, bool build_edges_alone) {
    const std::size_t from = places_.at(package.id);
    for (const GraphPackage::Edge& edge : package.edges) {
      const GraphPackage& child = graph.packages[edge.to];
      if (edge.normal && !build_edges_alone) connect(from, package, child, edge, build || child.proc_macro);
      if (edge.build && (build || build_edges_alone)) connect(from, package, child, edge, true);
    }
  }

  void connect(std::size_t from, const GraphPackage& parent, const GraphPackage& child, const GraphPackage::Edge& edge,
               bool build) {
    const std::size_t to = enter(child, build);
    out_.list.packages[from].dependencies.push_back(to);
    const DeclaredDependency* declared = declaration(parent, child, edge.name);
    if (declared == nullptr) return;
    if (!declared->source.empty() && declared->source != child.source && !from_registry(child.source))
      found_[to].stands_in = true;
    if (!declared->rename.empty()) found_[to].called = "called `" + declared->rename + "` by " + parent.name;
  }

  const CargoGraph& target_;
  const CargoGraph& host_;
  BuildDependencies out_;
  std::vector<Found> found_;
  std::map<std::string, std::size_t> places_;
  std::set<std::string> visited_[2];
  std::deque<Visit> waiting_;
};

std::vector<std::string> names_where(const BuildDependencies& dependencies, bool policy::PackageFacts::* fact) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < dependencies.facts.size(); ++i)
    if (dependencies.facts[i].*fact)
      out.push_back(dependencies.list.packages[i].name + " " + dependencies.list.packages[i].version);
  std::ranges::sort(out);
  return out;
}

}  // namespace

bool needs_host_graph(const CargoGraph& target) {
  // Cargo's graph for the component's target contains only packages that are used on this target. It can lack packages
  // that a build script needs on this machine.
  return std::ranges::any_of(target.packages,
                             [](const GraphPackage& package) {
                               return std::ranges::any_of(package.declared, [&](const DeclaredDependency& declared) {
                                 return declared.for_platform && (declared.build || package.proc_macro);
                               });
                             }) ||
         std::ranges::any_of(target.packages, [&](const GraphPackage& package) {
           return std::ranges::any_of(package.edges, [&](const GraphPackage::Edge& edge) {
             return edge.build || target.packages[edge.to].proc_macro;
           });
         });
}

BuildDependencies dependencies_of(const CargoCommand& command, const CargoGraph& target, const CargoGraph& host) {
  Walk walk(target, host);
  for (const std::size_t root : roots_of(command, target)) walk.start(root);
  walk.run();
  const std::filesystem::path lock = command.lock_file.empty()
                                         ? std::filesystem::path(target.workspace_root) / "Cargo.lock"
                                         : std::filesystem::path(command.lock_file);
  return walk.take(PackageSources(target, cargo_home()), checksums_of_lock(lock));
}

Outcome<BuildDependencies> find_dependencies(const std::vector<std::string>& words) {
  const CargoCommand command = read_cargo_build(words);
  auto target = ask_cargo(command, command.targets);
  if (!target) return std::unexpected(std::move(target.error()));
  if (!needs_host_graph(*target)) return dependencies_of(command, *target, *target);
  auto platform = host_platform();
  if (!platform) return std::unexpected(std::move(platform.error()));
  std::vector<std::string> platforms = command.targets;
  platforms.push_back(std::move(*platform));
  const auto host = ask_cargo(command, platforms);
  if (!host) return std::unexpected(host.error());
  return dependencies_of(command, *target, *host);
}

std::vector<std::string> not_judged(const std::map<std::string, std::string>& compiled,
                                    const BuildDependencies& dependencies) {
  const auto is_standard = [](std::string_view manifest) {
    return manifest.contains("/lib/rustlib/src/rust/library/");
  };
  const bool with_standard = std::ranges::any_of(compiled, [&](const auto& one) { return is_standard(one.second); });
  std::vector<std::string> out;
  for (const auto& [id, manifest] : compiled) {
    if (id.empty() || dependencies.ids.contains(id) || is_standard(manifest)) continue;
    // The standard library uses packages of crates.io that no other package uses.
    if (!with_standard || !from_registry(id)) out.push_back(id);
  }
  return out;
}

std::vector<std::string> with_build_scripts(const BuildDependencies& dependencies) {
  return names_where(dependencies, &policy::PackageFacts::build_script);
}

std::vector<std::string> procedural_macros(const BuildDependencies& dependencies) {
  return names_where(dependencies, &policy::PackageFacts::proc_macro);
}

}  // namespace faasta::cli
