#pragma once

#include <cstdint>
#include <filesystem>

#include "base/sha256.hpp"
#include "cli/component_reader.hpp"
#include "cli/output.hpp"
#include "cli/problem.hpp"
#include "cli/project_file.hpp"

namespace faasta::cli {

/// A component file that passed the checks that need no engine.
struct CheckedFile {
  std::filesystem::path path;
  std::uint64_t size = 0;
  Sha256 sha256;
  Component component;  ///< its custom sections' bytes are gone
};

/// Runs the project's build command in the current folder and finds what it made.
[[nodiscard]] Outcome<std::filesystem::path> run_build(const Project& project, Output& output);
/// Reads the file and checks that it is a component with a handler.
[[nodiscard]] Outcome<CheckedFile> check_file(const std::filesystem::path& path);

}  // namespace faasta::cli
