#pragma once

#include "base/error.hpp"

namespace faasta::compile {

/// The last part of enter_sandbox(): the process can make only the system calls of a list from now on. Another system
/// call ends it with SIGSYS.
[[nodiscard]] Result<> enter_system_call_filter();

}  // namespace faasta::compile
