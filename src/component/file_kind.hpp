#pragma once

#include <string_view>

#include "base/error.hpp"

namespace faasta::component {

/// What everything that is a component begins with: version 13, layer 1 (Component Model, Binary.md).
inline constexpr std::string_view kComponentPreamble{"\0asm\x0d\0\x01\0", 8};
inline constexpr std::string_view kModulePreamble{"\0asm\x01\0\0\0", 8};

/// Looks at the first bytes of a file: a WebAssembly component passes; everything else that people upload by mistake
/// has an error code of its own. The CLI and the server ask the same.
[[nodiscard]] Result<> check_file_kind(std::string_view bytes);

}  // namespace faasta::component
