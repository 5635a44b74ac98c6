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

/// A component file that passed all checks that need no engine.
struct CheckedFile {
  std::filesystem::path path;
  std::uint64_t size = 0;
  Sha256 sha256;
  component::Component component;  ///< without the bytes of its custom sections
};

/// The result of a build.
struct Built {
  std::filesystem::path path;
  std::optional<BuildDependencies> dependencies;  ///< set if the build's dependencies were checked
  std::optional<ChosenPolicy> policy;
};
/// Runs the build command in the project's folder and finds the component. If `choose` is not empty and the command is
/// a `cargo build`, checks its dependencies against the policy before the build. Then it also embeds the list of
/// dependencies in the component.
[[nodiscard]] Outcome<Built> run_build(const Project& project, const ChoosePolicy& choose, Output& output);
/// Reads the file and checks that it is a component with a handler.
[[nodiscard]] Outcome<CheckedFile> check_file(const std::filesystem::path& path);

}  // namespace faasta::cli
