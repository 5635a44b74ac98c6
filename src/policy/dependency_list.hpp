#pragma once
// The list of dependencies that cargo-auditable embeds in a component: a section `.dep-v0`, JSON compressed with zlib.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta::policy {

inline constexpr std::string_view kDependencySection = ".dep-v0";

/// Whether a package is part of the component, or was only used during the build (build scripts, procedural macros and
/// their dependencies).
enum class Kind : std::uint8_t { runtime, build };

/// The kinds of sources that a policy can name. In a list, the source of a package is a text.
enum class SourceKind : std::uint8_t {
  crates_io,       ///< "crates.io"
  registry,        ///< "registry", "registry+URL", "sparse+URL": another registry with checksums
  git,             ///< "git", "git+URL"
  local,           ///< "local": the project's own workspace
  path,            ///< "path": a folder outside of the workspace, or one that replaces a package of a registry
  vendored,        ///< "vendored": a folder that replaces a registry or a git repository
  local_registry,  ///< "local-registry": a registry in a folder of the machine
  other,
};
[[nodiscard]] SourceKind source_kind(std::string_view source);

/// A package in a dependency list.
struct Package {
  std::string name;
  std::string version;
  std::string source;
  Kind kind = Kind::runtime;
  std::vector<std::size_t> dependencies;  ///< positions in the list
  bool root = false;

  bool operator==(const Package&) const = default;
};

struct DependencyList {
  std::vector<Package> packages;
};

/// Converts `name` to the form in which names are compared: cargo treats `-` like `_`, and two names in a registry
/// always differ in more than their case.
[[nodiscard]] std::string folded_name(std::string_view name);

/// Reads the bytes of a section. Fails with dependency_list_damaged and the reason: the section is not zlib, is larger
/// than 8 MiB, is not JSON, has more packages than any real list, or has unprintable names or invalid versions.
[[nodiscard]] Result<DependencyList> read_section(std::string_view section);
/// Returns the bytes of a section. The result does not depend on the order of the packages in `list`.
[[nodiscard]] std::string write_section(const DependencyList& list);

/// Reads the JSON of a section. Makes the same checks as read_section().
[[nodiscard]] Result<DependencyList> list_from_json(const json::object& object);
[[nodiscard]] json::object to_json(const DependencyList& list);

/// Returns `list`, sorted by name, version and source, and without duplicates.
[[nodiscard]] DependencyList sorted(const DependencyList& list);
/// Returns a list with all packages that are in at least one of `lists`.
[[nodiscard]] DependencyList merged(const std::vector<DependencyList>& lists);

}  // namespace faasta::policy
