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

/// What a build takes in: each package with what only this machine knows of it.
struct BuildDependencies {
  policy::DependencyList list;
  std::vector<policy::PackageFacts> facts;  ///< one for each package of the list
  std::set<std::string> ids;                ///< as cargo names them
};

/// Asks cargo for the graph that `cargo build` with these words builds, in the current folder. May write Cargo.lock, as
/// the build itself would. Fails with dependencies_unknown.
[[nodiscard]] Outcome<BuildDependencies> find_dependencies(const std::vector<std::string>& words);

/// What is reached from what the command builds. `host`: the graph with what is only for this machine too, which build
/// scripts and procedural macros are compiled for; it may be the same one.
[[nodiscard]] BuildDependencies dependencies_of(const CargoCommand& command, const CargoGraph& target,
                                                const CargoGraph& host);
/// Whether `dependencies_of` could miss something that is only for this machine.
[[nodiscard]] bool needs_host_graph(const CargoGraph& target);

/// Of the packages that a build compiled (by id, their manifests), those that were not judged: the ids. The standard
/// library, which may be compiled along, is not meant.
[[nodiscard]] std::vector<std::string> not_judged(const std::map<std::string, std::string>& compiled,
                                                  const BuildDependencies& dependencies);

/// The packages with a build script, or that are procedural macros, as "name version".
[[nodiscard]] std::vector<std::string> with_build_scripts(const BuildDependencies& dependencies);
[[nodiscard]] std::vector<std::string> procedural_macros(const BuildDependencies& dependencies);

}  // namespace faasta::cli
