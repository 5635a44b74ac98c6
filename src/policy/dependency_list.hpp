#pragma once
// The list of a component's dependencies that cargo-auditable embeds: a section `.dep-v0`, JSON compressed by zlib.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta::policy {

inline constexpr std::string_view kDependencySection = ".dep-v0";

/// Whether a package is in the component, or only ran when it was built (build scripts, procedural macros and what
/// they use).
enum class Kind : std::uint8_t { runtime, build };

/// Where code comes from. In a list it is a text; these are the words that a policy knows.
enum class SourceKind : std::uint8_t {
  crates_io,       ///< "crates.io"
  registry,        ///< "registry", "registry+URL", "sparse+URL": another registry with checksums
  git,             ///< "git", "git+URL"
  local,           ///< "local": the project's own workspace
  path,            ///< "path": a folder outside of it, or one that stands in for a package of a registry
  vendored,        ///< "vendored": a folder in place of a registry or a git repository
  local_registry,  ///< "local-registry": a registry that is a folder of the machine
  other,
};
[[nodiscard]] SourceKind source_kind(std::string_view source);

/// A package of a list.
struct Package {
  std::string name;
  std::string version;
  std::string source;
  Kind kind = Kind::runtime;
  std::vector<std::size_t> dependencies;  ///< places in the list
  bool root = false;

  bool operator==(const Package&) const = default;
};

struct DependencyList {
  std::vector<Package> packages;
};

/// `name` as names are compared: cargo takes `-` for `_` in code, and registries take no two that differ in case.
[[nodiscard]] std::string folded_name(std::string_view name);

/// Reads a section. Fails with dependency_list_damaged and why: not zlib, larger than 8 MiB, not JSON, more packages
/// than any real list has, names that are not printable, versions that are none.
[[nodiscard]] Result<DependencyList> read_section(std::string_view section);
/// The bytes of a section. The same list gives the same bytes, in whatever order its packages are.
[[nodiscard]] std::string write_section(const DependencyList& list);

/// The JSON inside a section, with the same checks.
[[nodiscard]] Result<DependencyList> list_from_json(const json::object& object);
[[nodiscard]] json::object to_json(const DependencyList& list);

/// `list` in its one order (name, version, source), each package once.
[[nodiscard]] DependencyList sorted(const DependencyList& list);
/// What is in any of the lists.
[[nodiscard]] DependencyList merged(const std::vector<DependencyList>& lists);

}  // namespace faasta::policy
