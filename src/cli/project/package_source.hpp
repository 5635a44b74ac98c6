#pragma once
// Finds out where the code of a package really comes from. Cargo's metadata names a registry even if a folder replaces
// the registry. The path of the package's manifest always shows whether a folder replaces the registry.

#include <filesystem>
#include <set>
#include <string>

#include "cli/project/cargo_graph.hpp"

namespace faasta::cli {

class PackageSources {
 public:
  /// `cargo_home`: the folder where cargo stores its downloads.
  PackageSources(const CargoGraph& graph, const std::filesystem::path& cargo_home);

  /// Returns the source of a package, in the form that policy::source_kind reads. `stands_in`: whether the package
  /// replaces a package from another source.
  [[nodiscard]] std::string source_of(const GraphPackage& package, bool stands_in) const;

 private:
  [[nodiscard]] bool is_own(const GraphPackage& package) const;

  std::filesystem::path workspace_;
  std::filesystem::path registry_;
  std::filesystem::path checkouts_;
  std::set<std::string> members_;
};

/// Returns the value of CARGO_HOME, or its default.
[[nodiscard]] std::filesystem::path cargo_home();

/// Returns the packages that have a checksum in a Cargo.lock, as "name version source".
[[nodiscard]] std::set<std::string> checksums_of_lock(const std::filesystem::path& file);
[[nodiscard]] std::string checksum_key(const std::string& name, const std::string& version, const std::string& source);

}  // namespace faasta::cli
