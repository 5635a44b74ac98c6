#pragma once
// The dependency graph that cargo resolved, read from the output of `cargo metadata`.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta::cli {

/// A dependency as a manifest declares it.
struct DeclaredDependency {
  std::string name;
  std::string rename;
  std::string source;  ///< empty if the dependency is a path
  bool build = false;
  bool for_platform = false;  ///< whether the dependency is declared for some targets only
};

struct GraphPackage {
  std::string id;
  std::string name;
  std::string version;
  std::string source;  ///< as cargo writes it; empty if the package is from a path
  std::string manifest;
  bool build_script = false;
  bool proc_macro = false;
  std::vector<DeclaredDependency> declared;

  struct Edge {
    std::size_t to = 0;
    std::string name;  ///< the name that the package uses for this dependency
    bool normal = false;
    bool build = false;
  };
  std::vector<Edge> edges;
};

struct CargoGraph {
  std::vector<GraphPackage> packages;
  std::vector<std::size_t> members;
  std::vector<std::size_t> default_members;
  std::optional<std::size_t> root;  ///< the package of the manifest; nothing if the manifest has only a workspace
  std::string workspace_root;

  [[nodiscard]] std::optional<std::size_t> find(std::string_view id) const;
};

/// Fails with dependencies_unknown if the text is not the output of `cargo metadata`.
[[nodiscard]] Result<CargoGraph> parse_cargo_metadata(std::string_view text);

}  // namespace faasta::cli
