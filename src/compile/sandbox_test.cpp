// Each case runs in a process of its own, which enters the sandbox and tries one thing.

#include "compile/sandbox.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/file.hpp"
#include "unit/guests.hpp"

#if !defined(FAASTA_SANITIZED)

namespace faasta::compile {
namespace {

class SandboxTest : public testing::Test {
 protected:
  SandboxTest() {
    for (const auto& file : {input_, output_, other_}) std::ofstream(file) << "text";
  }
  /// Runs `work` in a process in the sandbox. Returns the status of waitpid().
  int run(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
      constexpr int kNoSandbox = 99;
      const rlimit none{0, 0};
      ::setrlimit(RLIMIT_CORE, &none);
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      if (!enter_sandbox({.read = {input_}, .written = {output_}})) ::_exit(kNoSandbox);
      ::_exit(work());
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }
  void expect_killed(const char* what, const std::function<void()>& work) {
    const int status = run([&work] {
      work();
      return 0;
    });
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << what << ": status " << status;
  }
  /// `work` returns -1 and sets errno, or returns 0.
  void expect_error(const char* what, int error, const std::function<long()>& work) {
    const int status = run([&work] { return work() < 0 ? errno : 0; });
    EXPECT_TRUE(WIFEXITED(status)) << what << ": status " << status;
    EXPECT_EQ(WEXITSTATUS(status), error) << what;
  }

  test::TemporaryFolder folder_;
  std::string input_ = folder_.path() / "input";
  std::string output_ = folder_.path() / "output";
  std::string other_ = folder_.path() / "other";
};

TEST_F(SandboxTest, NoNetwork) {
  expect_killed("TCP", [] { ::socket(AF_INET, SOCK_STREAM, 0); });
  expect_killed("IPv6", [] { ::socket(AF_INET6, SOCK_DGRAM, 0); });
  expect_killed("Unix", [] { ::socket(AF_UNIX, SOCK_STREAM, 0); });
  expect_killed("netlink", [] { ::socket(AF_NETLINK, SOCK_RAW, 0); });
  expect_killed("connect", [] { ::connect(0, nullptr, 0); });
  expect_killed("a pair", [] {
    int pair[2];
    ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  });
}

TEST_F(SandboxTest, NoProcesses) {
  expect_killed("fork", [] { ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); });
  expect_killed("a namespace", [] { ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0); });
  expect_killed("a program", [] {
    char name[] = "/bin/true";
    char* arguments[] = {name, nullptr};
    ::execve(name, arguments, nullptr);
  });
  expect_killed("a signal to the parent", [] { ::kill(::getppid(), 0); });
  expect_killed("a signal to a thread of the parent",
                [parent = ::getpid()] { ::syscall(SYS_tgkill, parent, parent, 0); });
  expect_killed("ptrace", [] { ::ptrace(PTRACE_TRACEME, 0, 0, 0); });
  expect_killed("memory of others", [] { ::syscall(SYS_process_vm_readv, ::getppid(), 0, 0, 0, 0, 0); });
  expect_error("clone3", ENOSYS, [] { return ::syscall(SYS_clone3, nullptr, sizeof(clone_args)); });
}

TEST_F(SandboxTest, NoOtherRights) {
  expect_killed("seccomp", [] { ::syscall(SYS_seccomp, 0, 0, nullptr); });
  expect_killed("unshare", [] { ::unshare(CLONE_NEWUSER); });
  expect_killed("setuid", [] { ::syscall(SYS_setuid, 0); });
  expect_killed("mount", [] { ::mount("none", "/", "tmpfs", 0, nullptr); });
  expect_killed("io_uring", [] { ::syscall(SYS_io_uring_setup, 1, nullptr); });
  expect_killed("bpf", [] { ::syscall(SYS_bpf, 0, nullptr, 0); });
  expect_killed("userfaultfd", [] { ::syscall(SYS_userfaultfd, 0); });
  expect_killed("perf", [] { ::syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0); });
  expect_killed("keys", [] { ::syscall(SYS_keyctl, 0); });
  expect_killed("a number that no call has", [] { ::syscall(100'000); });
  expect_error("a limit", EPERM, [] {
    const rlimit more{1, 1};
    return ::setrlimit(RLIMIT_NOFILE, &more);
  });
  expect_error("prctl", EPERM, [] { return ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); });
}

TEST_F(SandboxTest, NoChangesToFolders) {
  expect_killed("unlink", [this] { ::syscall(SYS_unlinkat, AT_FDCWD, other_.c_str(), 0); });
  expect_killed("mkdir", [this] { ::syscall(SYS_mkdirat, AT_FDCWD, (other_ + "2").c_str(), 0700); });
  expect_killed("rename", [this] { ::renameat2(AT_FDCWD, other_.c_str(), AT_FDCWD, input_.c_str(), 0); });
  expect_killed("a link", [this] { ::syscall(SYS_symlinkat, input_.c_str(), AT_FDCWD, (other_ + "2").c_str()); });
  expect_killed("rights", [this] { ::syscall(SYS_fchmodat, AT_FDCWD, output_.c_str(), 0777); });
}

TEST_F(SandboxTest, NoOtherFiles) {
  if (!has_landlock()) GTEST_SKIP() << "the kernel has no Landlock";
  const auto open = [](const std::string& file, int flags) {
    return [file, flags] { return ::open(file.c_str(), flags, 0600); };
  };
  expect_error("another file", EACCES, open(other_, O_RDONLY));
  expect_error("a file of the system", EACCES, open("/etc/passwd", O_RDONLY));
  expect_error("its environment", EACCES, open("/proc/self/environ", O_RDONLY));
  expect_error("the parent's environment", EACCES, open("/proc/" + std::to_string(::getpid()) + "/environ", O_RDONLY));
  expect_error("writing the input", EACCES, open(input_, O_WRONLY));
  expect_error("a new file", EACCES, open(other_ + "2", O_WRONLY | O_CREAT));
  expect_error("truncating the input", EACCES, open(input_, O_RDONLY | O_TRUNC));
  expect_error("a list of files", EACCES, open(folder_.path(), O_RDONLY | O_DIRECTORY));
}

TEST_F(SandboxTest, WhatACompileNeeds) {
  const int status = run([this] {
    const auto text = read_file(input_);
    if (!text || *text != "text") return 1;
    const auto out = open_file(output_, O_RDWR | O_TRUNC);
    if (!out || !write_all(out->get(), "code")) return 2;
    int ran = 0;
    std::thread([&ran] { ran = 1; }).join();
    if (ran != 1) return 3;
    // Code is mapped from its file.
    void* const code = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, out->get(), 0);
    if (code == MAP_FAILED || std::memcmp(code, "code", 4) != 0) return 4;
    rlimit limit{};
    if (::getrlimit(RLIMIT_STACK, &limit) != 0) return 5;
    return 0;
  });
  EXPECT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(*read_file(output_), "code");
}

TEST_F(SandboxTest, NoCodeInOtherMemory) {
  constexpr int kGetMdwe = 66;
  if (::prctl(kGetMdwe, 0, 0, 0, 0) < 0) GTEST_SKIP() << "this kernel is older than 6.3";
  expect_error("memory that becomes executable", EACCES, [] {
    void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return long{::mprotect(page, 4096, PROT_READ | PROT_EXEC)};
  });
}

/// The parent takes SIGABRT for a sign that the memory was used up.
TEST_F(SandboxTest, AnAbortIsReportedAsOne) {
  const int status = run([]() -> int { std::abort(); });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
}

}  // namespace
}  // namespace faasta::compile

#endif
