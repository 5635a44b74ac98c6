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

/// What is missing in a Rust package before it can be built as a function, each with the lines to add. Empty if nothing
/// seems to be missing, or if the text is not a package's manifest.
[[nodiscard]] std::vector<std::string> handler_advice(std::string_view cargo_toml, const PackageFiles& files);

}  // namespace faasta::cli
