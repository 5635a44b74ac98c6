#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faasta::cli {

/// A package of the list that cargo-auditable embeds.
struct Dependency {
  std::string name;
  std::string version;
  std::string source;
};

/// Reads a `.dep-v0` section: JSON, compressed by zlib. Nothing if it is damaged, or larger than any real list.
[[nodiscard]] std::optional<std::vector<Dependency>> read_dependency_list(std::string_view section);

}  // namespace faasta::cli
