#pragma once

#include "compile/sandbox.hpp"

namespace faasta::compile {

// The two parts of enter_sandbox(). The process must have set PR_SET_NO_NEW_PRIVS.

/// The process can open only these files from now on. Does nothing if the kernel has no Landlock.
[[nodiscard]] Result<> enter_landlock(const SandboxFiles& files);
/// The process can make only the system calls of a list from now on. Another system call ends it with SIGSYS.
[[nodiscard]] Result<> enter_system_call_filter();

}  // namespace faasta::compile
