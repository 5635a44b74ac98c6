#pragma once

#include <string_view>

#include "base/error.hpp"

namespace faasta::compile {

/// Looks at the first bytes of what was uploaded: a WebAssembly component passes; everything else people upload by
/// mistake has an error code of its own.
[[nodiscard]] Result<> check_file_kind(std::string_view bytes);

}  // namespace faasta::compile
