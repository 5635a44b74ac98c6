#include "certificates/dns_hook.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <utility>

#include "base/file.hpp"

namespace faasta::certificates {
namespace {

constexpr std::chrono::minutes kLongest{5};
constexpr std::chrono::seconds kLongestAtStop{10};
constexpr std::chrono::milliseconds kLook{200};

constexpr const char* kName = "dns_hook";

}  // namespace

StartableProgram dns_hook_program(const std::filesystem::path& program) {
  return {.name = kName,
          .path = program,
          .environment = {},
          .default_signals = true,
          .allows = [](std::span<const std::string> arguments) {
            return arguments.size() == 3 && (arguments[0] == "present" || arguments[0] == "cleanup");
          }};
}

std::string run_dns_hook(const ProcessStarter& starter, const std::filesystem::path& program, const char* action,
                         const std::string& name, const std::string& value, const std::stop_token& stop) {
  const auto failed = [&](std::string_view why) {
    return fmt::format("{} {} {}: {}", program.string(), action, name, why);
  };
  const std::array<std::string, 3> arguments{action, name + '.', value};
  const auto pid = starter.start(kName, arguments, STDERR_FILENO);
  if (!pid) return failed(pid.error().detail);
  // pidfd_open() cannot be used: the header of glibc 2.36 declares it as a C++ function, so it would not link.
  const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  auto end = std::chrono::steady_clock::now() + kLongest;
  bool in_time = false;
  bool stopping = false;
  while (process && !in_time && std::chrono::steady_clock::now() < end) {
    if (stop.stop_requested() && !std::exchange(stopping, true))
      end = std::min(end, std::chrono::steady_clock::now() + kLongestAtStop);
    in_time = ::poll(&ended, 1, static_cast<int>(kLook.count())) > 0;
  }
  if (!in_time) ::kill(*pid, SIGKILL);
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0) {
    if (errno != EINTR) return failed("nobody knows how it ended");
  }
  if (!in_time) return failed("it did not end in time");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status)) return failed(fmt::format("it ended with status {}", WEXITSTATUS(status)));
  return failed(fmt::format("signal {} ended it", WTERMSIG(status)));
}

}  // namespace faasta::certificates
