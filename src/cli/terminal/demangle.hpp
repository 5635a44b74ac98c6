#pragma once

#include <string>
#include <string_view>

namespace faasta::cli {

/// Returns the name of a function as in its source code. `symbol` is a mangled name of Rust (v0, "_R...", or legacy,
/// "_ZN...17h<hash>E") or of C++. Any other text is returned unchanged. Hashes, lifetimes and crate disambiguators are
/// left out. The time and the length of the result are limited for every symbol.
[[nodiscard]] std::string demangled(std::string_view symbol);

}  // namespace faasta::cli
