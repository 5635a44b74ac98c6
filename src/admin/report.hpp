#pragma once

#include "base/error.hpp"

namespace faasta::admin {

/// Prints a failure of `faastad` or `faastad admin` on stderr; returns the exit code.
[[nodiscard]] int report(const Error& error);

}  // namespace faasta::admin
