#pragma once
// Where the code of a package really comes from. Cargo's metadata names the registry of a package even when a folder
// stands in for it; where its manifest lies tells the difference, whichever setting was the cause.

#include <filesystem>
#include <set>
#include <string>

#include "cli/project/cargo_graph.hpp"

namespace faasta::cli {

class PackageSources {
 public:
  /// `cargo_home`: where cargo keeps what it fetched.
  PackageSources(const CargoGraph& graph, const std::filesystem::path& cargo_home);

  /// In the words of policy::source_kind. `stands_in`: it takes the place of a package from elsewhere.
  [[nodiscard]] std::string source_of(const GraphPackage& package, bool stands_in) const;

 private:
  [[nodiscard]] bool is_own(const GraphPackage& package) const;

  std::filesystem::path workspace_;
  std::filesystem::path registry_;
  std::filesystem::path checkouts_;
  std::set<std::string> members_;
};

/// CARGO_HOME, or its default.
[[nodiscard]] std::filesystem::path cargo_home();

/// The packages that a Cargo.lock has checksums for, as "name version source".
[[nodiscard]] std::set<std::string> checksums_of_lock(const std::filesystem::path& file);
[[nodiscard]] std::string checksum_key(const std::string& name, const std::string& version, const std::string& source);

}  // namespace faasta::cli
