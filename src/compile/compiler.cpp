#include "compile/compiler.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>

#include <algorithm>
#include <csignal>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"

namespace faasta::compile {
namespace {

constexpr std::size_t kReportBytes = 8U << 20U;  // the longest valid list of dependencies needs 5 MiB

constexpr const char* kName = "compile";

/// Whether these are the arguments of a compile child that works on files in `folder` alone.
bool is_compile(std::span<const std::string> arguments, const std::string& folder) {
  // The places of the paths: see main.cpp.
  constexpr std::size_t kCompile[] = {1, 3, 7};
  constexpr std::size_t kSplit[] = {1, 3, 4};
  // The folders in which the server cannot make links (server/allowed_files.cpp).
  constexpr std::string_view kFolders[] = {"artifacts/", "compiled/", "tmp/"};
  if (arguments.size() < 6 || (arguments.front() != "compile" && arguments.front() != "split")) return false;
  return std::ranges::all_of(arguments.front() == "compile" ? kCompile : kSplit, [&](std::size_t place) {
    if (place >= arguments.size()) return true;
    const std::string& path = arguments[place];
    if (!path.starts_with(folder)) return false;
    const std::string_view below = std::string_view(path).substr(folder.size());
    return !below.contains("..") &&
           std::ranges::any_of(kFolders, [&](std::string_view one) { return below.starts_with(one); });
  });
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
  while (::wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) return W_EXITCODE(1, 0);  // nobody knows how it ended: that is no success
  }
  used += to_time(usage.ru_utime) + to_time(usage.ru_stime);
  return status;
}

}  // namespace

StartableProgram Compiler::child_program(const std::filesystem::path& data, Urgency urgency) {
  // The child gets only the number of Wasmtime's compile threads and its urgency as environment. So no secret of the
  // server can reach the child. One core is left to the event loops: when both cores of a machine were busy, another
  // function's p99 was three times as high, even with SCHED_IDLE.
  const unsigned cores = std::max(2U, std::thread::hardware_concurrency());
  const bool urgent = urgency == Urgency::urgent;
  std::vector<std::string> environment{"RAYON_NUM_THREADS=" + std::to_string(urgent ? cores : cores - 1)};
  if (urgent) environment.push_back(std::string(kUrgentVariable) + "=1");
#if defined(FAASTA_SANITIZED)
  // The child needs the same suppressions for the sanitizer.
  const char* const told = std::getenv("TSAN_OPTIONS");
  environment.push_back("TSAN_OPTIONS=" + std::string(told == nullptr ? "" : told));
#endif
  return {.name = kName,
          .path = "/proc/self/exe",
          .environment = std::move(environment),
          .allows = [folder = (data / "").string()](std::span<const std::string> arguments) {
            return is_compile(arguments, folder);
          }};
}

Result<Report> Compiler::compile(const std::filesystem::path& component, const std::filesystem::path& artifact,
                                 const engine::FileIdentity& identity, const CallLimits& limits, CpuTime& used,
                                 const std::filesystem::path& image) const {
  std::vector<std::string> arguments{"compile",
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
  return run({"split", component.string(), sha256.hex(), code.string(), image.string(), std::to_string(child_bytes_)},
             used);
}

Result<> Compiler::seal_image(const std::filesystem::path& image, const Sha256& sha256) const {
  return engine::seal(*engine_, image, {engine::FileKind::image, sha256});
}

Result<Report> Compiler::run(std::vector<std::string> arguments, CpuTime& used) const {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(Code::internal_error, "pipe", errno);
  FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  ASSIGN_OR_RETURN(const pid_t child, starter_.start(kName, arguments, write_end.get()));
  write_end = FileDescriptor();
  const auto text = read_until_closed(read_end.get(), std::chrono::steady_clock::now() + kWall);
  // The server does not read the pipe any more. So without this signal, a child that still runs or writes an endless
  // report would block for ever.
  if (!text || text->size() > kReportBytes) ::kill(child, SIGKILL);
  read_end = FileDescriptor();
  const int status = wait_for(child, used);
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
