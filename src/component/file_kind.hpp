#pragma once

#include <string_view>

#include "base/error.hpp"

namespace faasta::component {

/// The first bytes of every component: version 13, layer 1 (Component Model, Binary.md).
inline constexpr std::string_view kComponentPreamble{"\0asm\x0d\0\x01\0", 8};
inline constexpr std::string_view kModulePreamble{"\0asm\x01\0\0\0", 8};

/// Checks the first bytes of a file. A WebAssembly component passes. Each kind of file that people often upload by
/// mistake has its own error code. CLI and server use the same check.
[[nodiscard]] Result<> check_file_kind(std::string_view bytes);

}  // namespace faasta::component
