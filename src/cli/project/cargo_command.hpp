#pragma once

#include <string>
#include <vector>

namespace faasta::cli {

/// What a `cargo build` command line says of the graph that it builds.
struct CargoCommand {
  std::vector<std::string> graph_options;  ///< what chooses the same graph in `cargo metadata`
  std::vector<std::string> targets;
  std::vector<std::string> packages;  ///< `-p`
  bool whole_workspace = false;
  std::string lock_file;  ///< `--lockfile-path`
  std::string manifest;   ///< `--manifest-path`
};

/// `words`: "cargo", "build", and its options.
[[nodiscard]] CargoCommand read_cargo_build(const std::vector<std::string>& words);

}  // namespace faasta::cli
