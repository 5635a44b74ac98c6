// enter_system_call_filter: the system calls that a compile child may make. The list was measured: docs/decisions/0044.

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/system_call_filter.hpp"
#include "compile/sandbox_parts.hpp"

namespace faasta::compile {
namespace {

constexpr std::uint64_t kAllBits = 0xffff'ffff;  // of an int

/// Calls that may have any arguments.
constexpr std::uint32_t kAllowed[] = {
    // memory
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_mincore,
    SYS_membarrier,
    // open files, and files that Landlock allows
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_lseek,
    SYS_close,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_openat,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_fcntl,
    SYS_readlinkat,
    SYS_faccessat,
    SYS_getcwd,
    SYS_dup,
    SYS_fsetxattr,
    // threads and their waits
    SYS_futex,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_set_tid_address,
    SYS_gettid,
    SYS_getpid,
    SYS_exit,
    SYS_exit_group,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_getcpu,
    SYS_restart_syscall,
    // signals of its own
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    // clocks, and figures about itself
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_getrusage,
    SYS_times,
    SYS_getrandom,
    SYS_uname,
    SYS_sysinfo,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    // the events of tokio, which runs the timers of a start and of a first call
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_eventfd2,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_ppoll,
#if defined(__x86_64__)
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_poll,
    SYS_epoll_wait,
    SYS_time,
    SYS_arch_prctl,
    SYS_dup2,
#endif
};

/// Calls that fail with an error instead of ending the process. Libraries make them, and do without the result.
struct Refused {
  std::uint32_t call;
  std::uint32_t error;
};
constexpr Refused kRefused[] = {
    {SYS_clone3, ENOSYS},        // its arguments cannot be filtered; libc then uses clone
    {SYS_ioctl, ENOTTY},         // whether the output is a terminal
    {SYS_sched_setattr, EPERM},  //
    {SYS_sched_setaffinity, EPERM},
    {SYS_setpriority, EPERM},
    {SYS_getdents64, EACCES},
};

}  // namespace

Result<> enter_system_call_filter() {
  using Filter = SystemCallFilter;
  const Filter::Verdict refused = Filter::fail_with(EPERM);
  Filter filter;
  filter.add(kAllowed, Filter::kAllow);
  for (const auto& [call, error] : kRefused) filter.add(call, Filter::fail_with(error));
  // A new thread is allowed, and a new process is not.
  filter.add(SYS_clone, {{0, CLONE_THREAD, CLONE_THREAD}}, Filter::kAllow);
  // Signals to itself: abort() sends one.
  filter.add(SYS_tgkill, {{0, kAllBits, static_cast<std::uint32_t>(::getpid())}}, Filter::kAllow);
  // Its limits can be read, and not changed.
  filter.add(SYS_prlimit64, {{2, kAllBits | kAllBits << 32U, 0}}, Filter::kAllow);
  filter.add(SYS_prlimit64, refused);
  // Names of threads and of mappings.
  filter.add(SYS_prctl, {{0, kAllBits, PR_SET_NAME}}, Filter::kAllow);
  filter.add(SYS_prctl, refused);
  return filter.enter(Filter::kEndProcess, false);
}

}  // namespace faasta::compile
