#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/limits.hpp"

namespace faasta::compile {

// The code of the compile child, the process that compiles one component. The child limits its own resources, reads the
// component, enters its sandbox (compile/sandbox), works on files, writes a Report to standard output, and returns the
// exit code. It has no keys and no database.

/// The most private memory of a child on a machine with enough memory.
constexpr std::uint64_t kMostChildBytes = 2ULL << 30U;

/// `faastad compile COMPONENT SHA256 ARTIFACT CHILD_BYTES CPU_MS MEMORY_BYTES [IMAGE]`: compiles the component into the
/// artifact. The component must have the digest SHA256. CHILD_BYTES: the most private memory of this process. IMAGE is
/// needed if the component is the code of a split component.
int run_compile(const std::filesystem::path& component, std::string_view sha256, const std::filesystem::path& artifact,
                std::uint64_t child_bytes, const CallLimits& limits, const std::filesystem::path& image);

/// `faastad split COMPONENT SHA256 CODE IMAGE CHILD_BYTES`: separates the code of a component from its data, if this is
/// possible and useful.
int run_split(const std::filesystem::path& component, std::string_view sha256, const std::filesystem::path& code,
              const std::filesystem::path& image, std::uint64_t child_bytes);

}  // namespace faasta::compile
