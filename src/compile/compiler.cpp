#include "compile/compiler.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>

#include <algorithm>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/log.hpp"

namespace faasta::compile {
namespace {

constexpr std::size_t kReportBytes = 8U << 20U;  // the longest valid list of dependencies needs 5 MiB

struct SpawnActions {
  posix_spawn_file_actions_t value;
  SpawnActions() { posix_spawn_file_actions_init(&value); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { posix_spawn_file_actions_destroy(&value); }
};

struct Child {
  pid_t pid;
  FileDescriptor output;
};

Result<Child> spawn(const std::filesystem::path& program, std::vector<std::string> arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(Code::internal_error, "pipe", errno);
  FileDescriptor read_end(ends[0]);
  const FileDescriptor write_end(ends[1]);
  SpawnActions actions;
  posix_spawn_file_actions_adddup2(&actions.value, write_end.get(), STDOUT_FILENO);
  // Asio does not set close-on-exec on its sockets. Without this call, the child would keep every connection of the
  // server open.
  posix_spawn_file_actions_addclosefrom_np(&actions.value, STDERR_FILENO + 1);
  posix_spawn_file_actions_addopen(&actions.value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  // The child gets only one environment variable, the number of Wasmtime's compile threads. So no secret of the server
  // can reach the child. One core is left to the event loops: when both cores of a machine were busy, another
  // function's p99 was three times as high, even with SCHED_IDLE.
  std::string threads = "RAYON_NUM_THREADS=" + std::to_string(std::max(2U, std::thread::hardware_concurrency()) - 1);
#if defined(FAASTA_SANITIZED)
  // The child needs the same suppressions for the sanitizer.
  const char* const told = std::getenv("TSAN_OPTIONS");
  std::string sanitizer = "TSAN_OPTIONS=" + std::string(told == nullptr ? "" : told);
  char* environment[] = {threads.data(), sanitizer.data(), nullptr};
#else
  char* environment[] = {threads.data(), nullptr};
#endif
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, program.c_str(), &actions.value, nullptr, argv.data(), environment);
  if (failed != 0) return fail_errno(Code::internal_error, "start " + program.string(), failed);
  return Child{pid, std::move(read_end)};
}

/// Returns the child's output when the child has closed the pipe. Returns nothing if the child has not closed the pipe
/// at the time `until`.
std::optional<std::string> read_until_closed(int fd, std::chrono::steady_clock::time_point until) {
  std::string out;
  char bytes[4096];
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0) return std::nullopt;
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    const ssize_t got = ::read(fd, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return out;
    out.append(bytes, static_cast<std::size_t>(got));
    if (out.size() > kReportBytes) return out;
  }
}

CpuTime to_time(const timeval& time) { return std::chrono::seconds(time.tv_sec) + CpuTime(time.tv_usec); }

/// Waits for the end of the child. Adds its CPU time to `used`.
int wait_for(pid_t pid, CpuTime& used) {
  int status = 0;
  rusage usage{};
  while (::wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  used += to_time(usage.ru_utime) + to_time(usage.ru_stime);
  return status;
}

}  // namespace

Result<Report> Compiler::compile(const std::filesystem::path& component, const std::filesystem::path& artifact,
                                 const engine::FileIdentity& identity, const CallLimits& limits, CpuTime& used,
                                 const std::filesystem::path& image) const {
  std::vector<std::string> arguments{"faastad",
                                     "compile",
                                     component.string(),
                                     identity.component.hex(),
                                     artifact.string(),
                                     std::to_string(child_bytes_),
                                     std::to_string(limits.cpu.count()),
                                     std::to_string(limits.memory_bytes)};
  if (!image.empty()) arguments.push_back(image.string());
  auto report = run(std::move(arguments), used);
  if (!report) return report;
  if (auto sealed = engine::seal(*engine_, artifact, identity); !sealed) return std::unexpected(sealed.error());
  std::error_code unreadable;
  report->compiled_size = std::filesystem::file_size(artifact, unreadable);
  return report;
}

Result<Report> Compiler::split(const std::filesystem::path& component, const Sha256& sha256,
                               const std::filesystem::path& code, const std::filesystem::path& image,
                               CpuTime& used) const {
  return run({"faastad", "split", component.string(), sha256.hex(), code.string(), image.string(),
              std::to_string(child_bytes_)},
             used);
}

Result<> Compiler::seal_image(const std::filesystem::path& image, const Sha256& sha256) const {
  return engine::seal(*engine_, image, {engine::FileKind::image, sha256});
}

Result<Report> Compiler::run(std::vector<std::string> arguments, CpuTime& used) const {
  auto child = spawn(program_, std::move(arguments));
  if (!child) return std::unexpected(child.error());
  const auto text = read_until_closed(child->output.get(), std::chrono::steady_clock::now() + kWall);
  // The server does not read the pipe any more. So without this signal, a child that still runs or writes an endless
  // report would block for ever.
  if (!text || text->size() > kReportBytes) ::kill(child->pid, SIGKILL);
  child->output = FileDescriptor();
  const int status = wait_for(child->pid, used);
  if (!text)
    return fail(Code::component_compile_limit, "the compile took longer than " + std::to_string(kWall.count()) + " s");
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGXCPU || signal == SIGKILL)
      return fail(Code::component_compile_limit, "the compile used up its CPU time");
    if (signal == SIGABRT) return fail(Code::component_compile_limit, "the compile used up its memory");
    if (signal == SIGSYS) {
      log::error("compiler_forbidden",
                 {{"effect", "it made a system call that it may not; the kernel's log names it"}});
      return fail(Code::component_compile_forbidden, "it made a system call that a compile does not need");
    }
    return fail(Code::component_compile_failed, "the compiler was ended by signal " + std::to_string(signal));
  }
  return report_from_json(*text);
}

}  // namespace faasta::compile
