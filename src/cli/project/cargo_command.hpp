#pragma once

#include <string>
#include <vector>

namespace faasta::cli {

/// The options of a `cargo build` command that decide its dependency graph.
struct CargoCommand {
  std::vector<std::string> graph_options;  ///< the options that select the same graph in `cargo metadata`
  std::vector<std::string> targets;
  std::vector<std::string> packages;  ///< the values of `-p`
  bool whole_workspace = false;
  std::string lock_file;  ///< the value of `--lockfile-path`
  std::string manifest;   ///< the value of `--manifest-path`
};

/// Reads a command line. `words`: "cargo", "build", then the options.
[[nodiscard]] CargoCommand read_cargo_build(const std::vector<std::string>& words);

}  // namespace faasta::cli
