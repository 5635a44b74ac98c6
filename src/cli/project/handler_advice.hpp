#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faasta::cli {

/// What a Rust package has in its folder.
struct PackageFiles {
  bool main = false;  ///< src/main.rs
  bool lib = false;   ///< src/lib.rs
};

/// What a Rust package still needs to be built as a function, each with the lines to add. Empty where nothing is known
/// to be missing, or the text is no manifest of a package.
[[nodiscard]] std::vector<std::string> handler_advice(std::string_view cargo_toml, const PackageFiles& files);

}  // namespace faasta::cli
