#pragma once

#include <filesystem>
#include <string_view>

#include "base/limits.hpp"

namespace faasta::compile {

// The code of the compile child, the process that compiles one component. The child limits its own resources, works on
// files, writes a Report to standard output, and returns the exit code. It has no keys and no database, and does not
// use the network. A stricter sandbox (seccomp, namespaces) would go into enter_limits().

/// `faastad compile COMPONENT SHA256 ARTIFACT CPU_MS MEMORY_BYTES [IMAGE]`: compiles the component into the artifact.
/// The component must have the digest SHA256. IMAGE is needed if the component is the code of a split component.
int run_compile(const std::filesystem::path& component, std::string_view sha256, const std::filesystem::path& artifact,
                const CallLimits& limits, const std::filesystem::path& image);

/// `faastad split COMPONENT SHA256 CODE IMAGE`: separates the code of a component from its data, if this is possible
/// and useful.
int run_split(const std::filesystem::path& component, std::string_view sha256, const std::filesystem::path& code,
              const std::filesystem::path& image);

}  // namespace faasta::compile
