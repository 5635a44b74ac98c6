// enter_system_call_filter: the system calls that a compile child may make. The list was measured: docs/decisions/0044.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "compile/sandbox_parts.hpp"

namespace faasta::compile {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "add the architecture of the system calls"
#endif

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

using Program = std::vector<sock_filter>;

sock_filter load(std::size_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
sock_filter answer(std::uint32_t verdict) { return BPF_STMT(BPF_RET | BPF_K, verdict); }
/// Skips the next `count` instructions unless the loaded value is `value`.
sock_filter unless_equal(std::uint32_t value, std::uint8_t count) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
}
/// The offset of the lower half of an argument. Both architectures are little-endian.
std::size_t argument(std::size_t index) { return offsetof(seccomp_data, args) + index * sizeof(std::uint64_t); }

void append(Program& program, std::initializer_list<sock_filter> instructions) {
  program.insert(program.end(), instructions);
}

Program make_program() {
  constexpr std::uint32_t kKill = SECCOMP_RET_KILL_PROCESS;
  Program out;
  append(out, {load(offsetof(seccomp_data, arch)), unless_equal(kArchitecture, 1), BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
               answer(kKill), load(offsetof(seccomp_data, nr))});
  for (const std::uint32_t call : kAllowed) append(out, {unless_equal(call, 1), answer(SECCOMP_RET_ALLOW)});
  for (const auto& [call, error] : kRefused) append(out, {unless_equal(call, 1), answer(SECCOMP_RET_ERRNO | error)});
  // A new thread is allowed, and a new process is not.
  append(out, {unless_equal(SYS_clone, 4), load(argument(0)), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
               answer(SECCOMP_RET_ALLOW), answer(kKill)});
  // Signals to itself: abort() sends one.
  const auto self = static_cast<std::uint32_t>(::getpid());
  append(out, {unless_equal(SYS_tgkill, 4), load(argument(0)), unless_equal(self, 1), answer(SECCOMP_RET_ALLOW),
               answer(kKill)});
  // Its limits can be read, and not changed.
  append(out, {unless_equal(SYS_prlimit64, 6), load(argument(2)), unless_equal(0, 3), load(argument(2) + 4),
               unless_equal(0, 1), answer(SECCOMP_RET_ALLOW), answer(SECCOMP_RET_ERRNO | EPERM)});
  // Names of threads and of mappings.
  append(out, {unless_equal(SYS_prctl, 5), load(argument(0)), unless_equal(PR_SET_NAME, 1), answer(SECCOMP_RET_ALLOW),
               answer(SECCOMP_RET_ERRNO | EPERM), answer(kKill)});
  append(out, {answer(kKill)});
  return out;
}

}  // namespace

Result<> enter_system_call_filter() {
  Program program = make_program();
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
    return fail_errno(Code::internal_error, "seccomp", errno);
  return {};
}

}  // namespace faasta::compile
