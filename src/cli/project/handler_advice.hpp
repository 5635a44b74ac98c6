#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faasta::cli {

/// Which source files a Rust package has.
struct PackageFiles {
  bool main = false;  ///< src/main.rs
  bool lib = false;   ///< src/lib.rs
};

/// Returns advice for a Rust package that cannot be built as a function yet. Each text has lines to add to the package.
/// Empty if nothing seems to be missing, or if `cargo_toml` is not the manifest of a package.
[[nodiscard]] std::vector<std::string> handler_advice(std::string_view cargo_toml, const PackageFiles& files);

}  // namespace faasta::cli
