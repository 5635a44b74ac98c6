#pragma once

#include <string>
#include <string_view>

namespace faasta::cli {

/// The name that a programmer gave a function: of Rust's two manglings (v0, "_R...", and legacy, "_ZN...17h<hash>E")
/// and of C++. Anything else comes back as it is. Hashes, lifetimes and disambiguators of crates are left out. The work
/// and the length of the result are bounded, whatever the symbol is.
[[nodiscard]] std::string demangled(std::string_view symbol);

}  // namespace faasta::cli
