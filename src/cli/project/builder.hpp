#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/sha256.hpp"
#include "cli/project/policy_check.hpp"
#include "cli/project/project_file.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/problem.hpp"
#include "component/component_reader.hpp"

namespace faasta::cli {

/// A component file that passed the checks that need no engine.
struct CheckedFile {
  std::filesystem::path path;
  std::uint64_t size = 0;
  Sha256 sha256;
  component::Component component;  ///< its custom sections' bytes are gone
};

/// What a build made.
struct Built {
  std::filesystem::path path;
  std::optional<BuildDependencies> dependencies;  ///< of a build that was judged
  std::optional<ChosenPolicy> policy;
};
/// Runs the project's build command in the project's folder and finds what it made. With `choose`, the dependencies of
/// a `cargo build` are judged first, and listed in the component.
[[nodiscard]] Outcome<Built> run_build(const Project& project, const ChoosePolicy& choose, Output& output);
/// Reads the file and checks that it is a component with a handler.
[[nodiscard]] Outcome<CheckedFile> check_file(const std::filesystem::path& path);

}  // namespace faasta::cli
