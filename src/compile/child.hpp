#pragma once

#include <filesystem>

#include "base/limits.hpp"

namespace faasta::compile {

/// The whole life of a compile child, `faastad compile COMPONENT ARTIFACT CPU_MS MEMORY_BYTES`: limits itself, compiles
/// the one file to the other, and writes a Report to standard output. Returns the exit code. It has no keys, no
/// database and no network use; the full lock-down (seccomp, namespaces) belongs in its enter_limits().
int run_child(const std::filesystem::path& component, const std::filesystem::path& artifact, const CallLimits& limits);

}  // namespace faasta::compile
