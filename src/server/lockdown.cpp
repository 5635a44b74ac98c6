#include "server/lockdown.hpp"

#include <sys/prctl.h>

#include <cerrno>
#include <utility>

#include "base/code_rights.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"

namespace faasta::server {

Result<Lockdown> Lockdown::of_files(const Config& config, const std::filesystem::path& data) {
  LockdownMode mode = config.lockdown;
#if defined(FAASTA_SANITIZED)
  mode = LockdownMode::off;  // the sanitizers read files and start processes
#endif
  if (mode == LockdownMode::off) return Lockdown(mode, 0);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno(Code::internal_error, "no_new_privs", errno);
  if (mode == LockdownMode::log) return Lockdown(mode, 0);  // Landlock cannot only log
  refuse_new_code();
  const std::vector<FileRule> files = allowed_files(config, data);
  RETURN_IF_ERROR(enter_landlock(files, LandlockScope::files));
  return Lockdown(mode, landlock_version(LandlockScope::files));
}

void Lockdown::of_system_calls() const {
  if (mode_ == LockdownMode::off)
    return log::warn("lockdown_off", {{"effect", "a fault in Wasmtime gives an attacker the rights of the server"}});
  if (const auto entered = enter_server_filter(mode_ == LockdownMode::log); !entered) {
    log::warn("lockdown_without_seccomp",
              {{"cause", entered.error().detail},
               {"effect", "the server can make all system calls: the kernel has no seccomp, or does not allow it"}});
  } else if (mode_ == LockdownMode::log) {
    log::warn("lockdown_only_logs",
              {{"effect", "the kernel logs system calls that the server should not make, and allows them"}});
  } else {
    log::info("lockdown", {{"system_calls", "filtered"}, {"landlock", landlock_}});
  }
  if (mode_ == LockdownMode::on && landlock_ == 0) {
    log::warn("lockdown_without_landlock",
              {{"effect",
                "the server can open all files of its user: the kernel has no Landlock of version 2 (Linux "
                "5.19), or it is not among the kernel's `lsm=`"}});
  }
}

}  // namespace faasta::server
