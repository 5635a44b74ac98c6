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

/// The packages that go into a build, each with the facts that only this machine knows.
struct BuildDependencies {
  policy::DependencyList list;
  std::vector<policy::PackageFacts> facts;  ///< one for each package of the list
  std::set<std::string> ids;                ///< cargo's ids of the packages
};

/// Asks cargo for the dependency graph of `cargo build` with these words, in the current folder. May write Cargo.lock,
/// as the build itself would. Fails with dependencies_unknown.
[[nodiscard]] Outcome<BuildDependencies> find_dependencies(const std::vector<std::string>& words);

/// Returns all packages that can be reached from the packages that the command builds. `host`: the graph for this
/// machine, for which build scripts and procedural macros are compiled; may be the same as `target`.
[[nodiscard]] BuildDependencies dependencies_of(const CargoCommand& command, const CargoGraph& target,
                                                const CargoGraph& host);
/// Whether `dependencies_of` needs a host graph to find the packages that are used only on this machine.
[[nodiscard]] bool needs_host_graph(const CargoGraph& target);

/// The ids of packages that a build compiled although they are not in `dependencies`. `compiled`: package ids and their
/// manifests. Packages of the standard library, which cargo may compile too, do not count.
[[nodiscard]] std::vector<std::string> not_judged(const std::map<std::string, std::string>& compiled,
                                                  const BuildDependencies& dependencies);

/// The packages that have a build script, as "name version".
[[nodiscard]] std::vector<std::string> with_build_scripts(const BuildDependencies& dependencies);
[[nodiscard]] std::vector<std::string> procedural_macros(const BuildDependencies& dependencies);

}  // namespace faasta::cli
