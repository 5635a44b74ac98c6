#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/project/cargo_command.hpp"
#include "cli/project/cargo_graph.hpp"
#include "cli/terminal/problem.hpp"
#include "policy/policy.hpp"

namespace faasta::cli {

/// The packages that a build uses, and for each package the facts that only this machine knows.
struct BuildDependencies {
  policy::DependencyList list;
  std::vector<policy::PackageFacts> facts;  ///< one for each package of the list
  std::set<std::string> ids;                ///< cargo's ids of the packages
};

/// Asks cargo for the dependency graph of a `cargo build` in the current folder. `words`: the words of its command
/// line. This can write Cargo.lock, as the build itself would do. Fails with dependencies_unknown.
[[nodiscard]] Outcome<BuildDependencies> find_dependencies(const std::vector<std::string>& words);

/// Returns all packages that can be reached from the packages that the command builds. `target`: the graph for the
/// target of the build. `host`: the graph for this machine, for which build scripts and procedural macros are compiled.
/// Both can be the same graph.
[[nodiscard]] BuildDependencies dependencies_of(const CargoCommand& command, const CargoGraph& target,
                                                const CargoGraph& host);
/// Whether `dependencies_of` needs a host graph to find the packages that are used only on this machine.
[[nodiscard]] bool needs_host_graph(const CargoGraph& target);

/// Returns the ids of the packages that a build compiled although `dependencies` does not contain them. `compiled`:
/// package ids and their manifests. Ignores packages of the standard library, which cargo sometimes compiles.
[[nodiscard]] std::vector<std::string> not_judged(const std::map<std::string, std::string>& compiled,
                                                  const BuildDependencies& dependencies);

/// Returns the packages that have a build script, as "name version".
[[nodiscard]] std::vector<std::string> with_build_scripts(const BuildDependencies& dependencies);
[[nodiscard]] std::vector<std::string> procedural_macros(const BuildDependencies& dependencies);

}  // namespace faasta::cli
