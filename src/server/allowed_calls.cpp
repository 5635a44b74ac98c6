// enter_server_filter: the system calls of serving. The list was measured: docs/decisions/0051.

#include <linux/netlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/propagate.hpp"
#include "base/system_call_filter.hpp"
#include "server/lockdown.hpp"

namespace faasta::server {
namespace {

constexpr std::uint64_t kInt = 0xffff'ffff;
constexpr std::uint64_t kAll = ~std::uint64_t{0};

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
    SYS_mlock,
    SYS_munlock,
    SYS_membarrier,
    SYS_memfd_create,
    // files, in the folders that Landlock leaves
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_preadv,
    SYS_preadv2,
    SYS_pwritev,
    SYS_lseek,
    SYS_close,
    SYS_close_range,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_openat,
    SYS_truncate,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_fadvise64,
    SYS_fsync,
    SYS_fdatasync,
    SYS_syncfs,
    SYS_fcntl,
    SYS_flock,
    SYS_getdents64,
    SYS_readlinkat,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_mkdirat,
    SYS_unlinkat,
    SYS_renameat,
    SYS_renameat2,
    SYS_linkat,
    SYS_symlinkat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_umask,
    SYS_getcwd,
    SYS_dup,
    SYS_dup3,
    SYS_pipe2,
    SYS_fgetxattr,
    SYS_fsetxattr,
    SYS_inotify_init1,
    SYS_inotify_add_watch,
    SYS_inotify_rm_watch,
    // sockets; see below for socket()
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_connect,
    SYS_shutdown,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_sendmmsg,
    SYS_recvmmsg,
    // events
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_eventfd2,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_timerfd_gettime,
    SYS_ppoll,
    SYS_pselect6,
    // threads and their waits
    SYS_futex,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_set_tid_address,
    SYS_gettid,
    SYS_getpid,
    SYS_getppid,
    SYS_exit,
    SYS_exit_group,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_sched_getattr,
    SYS_sched_setattr,
    SYS_getpriority,
    SYS_setpriority,
    SYS_getcpu,
    SYS_restart_syscall,
    // its own signals, and the end of children: compiles and the program of acme.dns_hook
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigpending,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    SYS_kill,
    SYS_wait4,
    SYS_waitid,
    SYS_pidfd_open,
    // clocks, and figures about itself
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_timer_create,
    SYS_timer_settime,
    SYS_timer_gettime,
    SYS_timer_delete,
    SYS_getrusage,
    SYS_times,
    SYS_getrandom,
    SYS_uname,
    SYS_sysinfo,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
#if defined(__x86_64__)
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_mkdir,
    SYS_rmdir,
    SYS_unlink,
    SYS_rename,
    SYS_link,
    SYS_symlink,
    SYS_chmod,
    SYS_chown,
    SYS_dup2,
    SYS_poll,
    SYS_select,
    SYS_epoll_wait,
    SYS_time,
    SYS_arch_prctl,
#endif
};

/// The calls of kernels that are newer than the headers.
constexpr std::uint32_t kNewer = SYS_set_mempolicy_home_node + 1;

/// The ioctls: no blocking, bytes that wait, whether the output is a terminal, pages that were written
/// (engine/src/pages.rs), and the names of network interfaces, for name servers such as fe80::1%eth0.
constexpr std::uint64_t kPagemapScan = 0xc0606610;
constexpr std::uint64_t kControls[] = {kPagemapScan, FIONBIO, FIONREAD, TCGETS, SIOCGIFINDEX, SIOCGIFNAME};

void add_sockets(SystemCallFilter& filter) {
  constexpr std::uint64_t kKind = 0xf;  // of the second argument; the other bits are flags
  const auto allow = SystemCallFilter::kAllow;
  for (const std::uint64_t family : {AF_INET, AF_INET6, AF_UNIX})
    for (const std::uint64_t kind : {SOCK_STREAM, SOCK_DGRAM})
      filter.add(SYS_socket, {{0, kInt, family}, {1, kKind, kind}}, allow);
  // The addresses of this machine.
  filter.add(SYS_socket, {{0, kInt, AF_NETLINK}, {2, kInt, NETLINK_ROUTE}}, allow);
  filter.add(SYS_socketpair, {{0, kInt, AF_UNIX}}, allow);
}

}  // namespace

Result<> enter_server_filter(bool only_logs) {
  using Filter = SystemCallFilter;
  Filter filter;
  // The kernel remembers verdicts that need no look at arguments. The others are first: a call may scan pages.
  for (const std::uint64_t control : kControls) filter.add(SYS_ioctl, {{1, kInt, control}}, Filter::kAllow);
  add_sockets(filter);
  // A new thread is allowed, and a new process is not: ProcessStarter makes processes.
  filter.add(SYS_clone, {{0, CLONE_THREAD, CLONE_THREAD}}, Filter::kAllow);
  filter.add(SYS_tgkill, {{0, kInt, static_cast<std::uint64_t>(::getpid())}}, Filter::kAllow);
  // Its limits can be read, and not changed.
  filter.add(SYS_prlimit64, {{2, kAll, 0}}, Filter::kAllow);
  // Names of threads and of mappings.
  for (const std::uint64_t option : {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA})
    filter.add(SYS_prctl, {{0, kInt, option}}, Filter::kAllow);
  filter.add(kAllowed, Filter::kAllow);
  if (only_logs) return filter.enter(Filter::kLog, false);
  // libc and Rust try these calls and can do without them, so the kernel should not log them: a filter of their own.
  // The arguments of clone3 cannot be filtered.
  Filter quiet;
  quiet.add(SYS_clone3, Filter::fail_with(ENOSYS));
  quiet.add_from(kNewer, Filter::fail_with(ENOSYS));
  RETURN_IF_ERROR(quiet.enter(Filter::kAllow, false));
  filter.add(SYS_clone3, Filter::kAllow);
  filter.add_from(kNewer, Filter::kAllow);
  return filter.enter(Filter::fail_with(EPERM), true);
}

}  // namespace faasta::server
