#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace faasta::cli {

/// Converts a symbol of Rust's v0 mangling (RFC 2603), "_R...", to a path. Nothing if the symbol is not well-formed.
[[nodiscard]] std::optional<std::string> demangle_rust_v0(std::string_view symbol);

}  // namespace faasta::cli
