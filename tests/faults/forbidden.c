/* A library for LD_PRELOAD that makes a server try what its lockdown forbids. At SIGUSR2, the thread that gets the signal
 * makes each attempt, and writes a line "NAME ERRNO" to the file FORBIDDEN_RESULTS; 0 is a success. See
 * tests/test_lockdown.py. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int results = -1;
static const char* folder;

static void tell(const char* name, long result) {
  char line[128];
  const int error = result < 0 ? errno : 0;
  const int length = snprintf(line, sizeof line, "%s %d\n", name, error);
  if (write(results, line, (size_t)length) != length) abort();
  if (result > 2 && strncmp(name, "open", 4) == 0) close((int)result);
}

static long open_in_folder(const char* name, int flags) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return open(path, flags | O_CLOEXEC, 0600);
}

static long new_process(unsigned long flags) {
  const long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  return pid;
}

static long become(int at) {
  char name[] = "/bin/true";
  char* const arguments[] = {name, NULL};
  return at ? syscall(SYS_execveat, AT_FDCWD, name, arguments, NULL, 0) : execve(name, arguments, NULL);
}

/* Memory that was written must not become executable. */
static long new_code(void) {
  char* const page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const long result = mprotect(page, 4096, PROT_READ | PROT_EXEC);
  const int error = errno;
  munmap(page, 4096);
  errno = error;
  return result;
}

static void attempt(int signal_number) {
  (void)signal_number;
  const struct rlimit limit = {1024, 1024};
  tell("new_code", new_code());
  tell("ptrace", ptrace(PTRACE_TRACEME, 0, 0, 0));
  tell("process_vm_readv", syscall(SYS_process_vm_readv, getppid(), 0, 0, 0, 0, 0));
  tell("mount", mount("none", "/", "tmpfs", MS_REMOUNT | MS_RDONLY, NULL));
  tell("umount", umount2("/nothing", 0));
  tell("unshare", unshare(CLONE_NEWNS));
  tell("setns", setns(-1, 0));
  tell("chroot", chroot("/nothing"));
  tell("pivot_root", syscall(SYS_pivot_root, "/nothing", "/nothing"));
  tell("execve", become(0));
  tell("execveat", become(1));
  tell("fork", new_process(0));
  tell("vfork", new_process(CLONE_VFORK));
  tell("clone_namespace", new_process(CLONE_NEWUSER));
  tell("clone3", syscall(SYS_clone3, NULL, sizeof(struct clone_args)));
  tell("socket_packet", socket(AF_PACKET, SOCK_RAW, 0));
  tell("socket_raw", socket(AF_INET, SOCK_RAW, 1));
  tell("socket_audit", socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT));
  tell("socket_vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
  tell("bpf", syscall(SYS_bpf, 0, NULL, 0));
  tell("perf", syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0));
  tell("userfaultfd", syscall(SYS_userfaultfd, 0));
  tell("io_uring", syscall(SYS_io_uring_setup, 1, NULL));
  tell("keyctl", syscall(SYS_keyctl, 0));
  tell("init_module", syscall(SYS_init_module, NULL, 0, ""));
  tell("kexec", syscall(SYS_kexec_load, 0, 0, NULL, 0));
  tell("personality", syscall(SYS_personality, 0));
  tell("setuid", syscall(SYS_setuid, 0));
  tell("capset", syscall(SYS_capset, NULL, NULL));
  tell("prctl", prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
  tell("seccomp", syscall(SYS_seccomp, 0, 0, NULL));
  tell("limit", setrlimit(RLIMIT_NOFILE, &limit));
  tell("tgkill", syscall(SYS_tgkill, getppid(), getppid(), 0));
  tell("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0));
  tell("mknod", mknod("/nothing/here", S_IFCHR, 0));
  tell("unknown_call", syscall(100000));
  tell("open_other", open_in_folder("other", O_RDONLY));
  tell("open_other_write", open_in_folder("other", O_WRONLY));
  tell("open_new", open_in_folder("new", O_WRONLY | O_CREAT));
  tell("open_folder", open_in_folder("", O_RDONLY | O_DIRECTORY));
  tell("open_root", open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  tell("open_hosts_write", open("/etc/hosts", O_WRONLY | O_CLOEXEC));
  tell("open_parent_environ", open("/proc/1/environ", O_RDONLY | O_CLOEXEC));
  tell("open_sysctl_write", open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC));
  tell("open_own_memory_write", open("/proc/self/mem", O_RDWR | O_CLOEXEC));
  tell("open_tmp_new", open("/tmp/faasta-lockdown-test", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  /* The server needs these. */
  tell("open_data", open_in_folder("data/owner.token", O_RDONLY));
  tell("open_data_new", open_in_folder("data/lockdown-test", O_WRONLY | O_CREAT));
  tell("open_resolver", open("/etc/hosts", O_RDONLY | O_CLOEXEC));
  tell("open_null", open("/dev/null", O_RDWR | O_CLOEXEC));
  tell("open_figures", open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
  tell("socket_tcp", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  tell("socket_udp", socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  tell("socket_route", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  tell("end", 0);
}

__attribute__((constructor)) static void begin(void) {
  const char* const file = getenv("FORBIDDEN_RESULTS");
  folder = getenv("FORBIDDEN_FOLDER");
  if (file == NULL || folder == NULL) return;
  results = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  const struct sigaction action = {.sa_handler = attempt, .sa_flags = SA_RESTART};
  sigaction(SIGUSR2, &action, NULL);
}
