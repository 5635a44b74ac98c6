#pragma once

#include <cstdint>
#include <string>

namespace faasta::attack {

/// Returns `component` with one more core module, which is not used: one function of `loops` loops, which takes the
/// compiler about a millisecond of processor time for each. Components of different `salt` have different digests.
[[nodiscard]] std::string with_unused_loops(const std::string& component, unsigned loops, std::uint64_t salt);

/// Returns `component` with one more core module, which is not used: `functions` small functions. Its machine code has
/// about 80 bytes for each of them.
[[nodiscard]] std::string with_unused_functions(const std::string& component, unsigned functions, std::uint64_t salt);

/// Returns a component that does nothing but import: `imports` names of `length` bytes.
[[nodiscard]] std::string of_long_imports(unsigned imports, unsigned length, std::uint64_t salt);

}  // namespace faasta::attack
