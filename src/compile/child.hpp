#pragma once

#include <filesystem>
#include <string_view>

#include "base/limits.hpp"

namespace faasta::compile {

// The whole life of a child of the compiler: it limits itself, works on files, writes a Report to standard output and
// returns the exit code. It has no keys, no database and no network use; the full lock-down (seccomp, namespaces)
// belongs in enter_limits().

/// `faastad compile COMPONENT SHA256 ARTIFACT CPU_MS MEMORY_BYTES [IMAGE]`: compiles the one file, which has that
/// digest, to the other. With the image that belongs to it, if the component is the code of a split one.
int run_compile(const std::filesystem::path& component, std::string_view sha256, const std::filesystem::path& artifact,
                const CallLimits& limits, const std::filesystem::path& image);

/// `faastad split COMPONENT SHA256 CODE IMAGE`: separates the code of a component from its data, if that is possible
/// and of use.
int run_split(const std::filesystem::path& component, std::string_view sha256, const std::filesystem::path& code,
              const std::filesystem::path& image);

}  // namespace faasta::compile
