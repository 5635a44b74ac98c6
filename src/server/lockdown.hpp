#pragma once

#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "base/landlock.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// Takes from this process, for ever, the files and the system calls that serving does not need. So a fault in Wasmtime
/// gives an attacker less than the rights of the server's user. The setting server.lockdown says how.
class Lockdown {
 public:
  /// Leaves the files of allowed_files(), and no program (Landlock). Landlock holds for the thread that enters it and
  /// for the threads that it starts, so call this while there is one thread.
  [[nodiscard]] static Result<Lockdown> of_files(const Config& config, const std::filesystem::path& data);
  /// From now on, all threads can make only the system calls that serving needs (seccomp). Call this when the work of
  /// the start is done. Logs one line; if the kernel lacks Landlock or seccomp, logs one warning for each.
  void of_system_calls() const;

 private:
  Lockdown(LockdownMode mode, long landlock) : mode_(mode), landlock_(landlock) {}
  LockdownMode mode_;
  long landlock_;  ///< the version of Landlock that this process is under; 0: none
};

/// Returns the files and folders that a server with this configuration opens after its start has begun.
[[nodiscard]] std::vector<FileRule> allowed_files(const Config& config, const std::filesystem::path& data);

/// The system calls of serving are allowed from now on. The others fail with EPERM or ENOSYS, or, if `only_logs`, the
/// kernel logs them.
[[nodiscard]] Result<> enter_server_filter(bool only_logs);

}  // namespace faasta::server
