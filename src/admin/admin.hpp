#pragma once

#include <span>

namespace faasta::admin {

/// `faastad admin ...`, the operator's commands, on the catalog file of a data folder: whoever may write that file is
/// the operator. The server need not run; one that runs notices within a second. Returns the exit code.
[[nodiscard]] int run_admin(std::span<char*> arguments);

}  // namespace faasta::admin
