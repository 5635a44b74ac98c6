#pragma once

#include <filesystem>
#include <vector>

#include "base/error.hpp"

namespace faasta::compile {

/// The files that a process may open in its sandbox.
struct SandboxFiles {
  std::vector<std::filesystem::path> read;
  std::vector<std::filesystem::path> written;
};

/// Takes from this process, for ever, everything that a compile does not need. Call this before the process reads
/// strangers' bytes with more than a digest, and before it has a second thread.
///
/// - Landlock (Linux 5.13): the process can open the files of `files` and no other. If the kernel has no Landlock, it
///   can open each file that its user may open.
/// - A filter of system calls (seccomp): it can compute, use memory and threads, and read and write open files. Another
///   call ends it with SIGSYS: a socket, a new process, another program, a signal to another process, a change of its
///   own rights. Its threads can only be threads of this process.
[[nodiscard]] Result<> enter_sandbox(const SandboxFiles& files);

/// Whether the kernel has Landlock.
[[nodiscard]] bool has_landlock();

}  // namespace faasta::compile
