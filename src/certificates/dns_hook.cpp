#include "certificates/dns_hook.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/file.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration): unistd.h declares it only for GNU

namespace faasta::certificates {
namespace {

constexpr std::chrono::minutes kLongest{5};
constexpr std::chrono::seconds kLongestAtStop{10};
constexpr std::chrono::milliseconds kLook{200};

struct SpawnActions {
  posix_spawn_file_actions_t value{};
  SpawnActions() { posix_spawn_file_actions_init(&value); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { posix_spawn_file_actions_destroy(&value); }
};

/// The program starts with the default action for each signal, and no signal is blocked.
struct SpawnAttributes {
  posix_spawnattr_t value{};
  SpawnAttributes() {
    posix_spawnattr_init(&value);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&value, &none);
    posix_spawnattr_setsigdefault(&value, &all);
    posix_spawnattr_setflags(&value, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { posix_spawnattr_destroy(&value); }
};

}  // namespace

std::string run_dns_hook(const std::filesystem::path& program, const char* action, const std::string& name,
                         const std::string& value, const std::stop_token& stop) {
  const auto failed = [&](std::string_view why) {
    return fmt::format("{} {} {}: {}", program.string(), action, name, why);
  };
  SpawnActions actions;
  SpawnAttributes attributes;
  posix_spawn_file_actions_addopen(&actions.value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions.value, STDERR_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions.value, STDERR_FILENO + 1);
  std::string first = program.string();
  std::string second = action;
  std::string third = name + '.';
  std::string fourth = value;
  std::array<char*, 5> argv{first.data(), second.data(), third.data(), fourth.data(), nullptr};
  pid_t pid = 0;
  if (const int error = ::posix_spawn(&pid, first.c_str(), &actions.value, &attributes.value, argv.data(), environ);
      error != 0)
    return failed(std::strerror(error));
  // pidfd_open() cannot be used: the header of glibc 2.36 declares it as a C++ function, so it would not link.
  const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  auto end = std::chrono::steady_clock::now() + kLongest;
  bool in_time = false;
  bool stopping = false;
  while (process && !in_time && std::chrono::steady_clock::now() < end) {
    if (stop.stop_requested() && !std::exchange(stopping, true))
      end = std::min(end, std::chrono::steady_clock::now() + kLongestAtStop);
    in_time = ::poll(&ended, 1, static_cast<int>(kLook.count())) > 0;
  }
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) return failed("it did not end in time");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status)) return failed(fmt::format("it ended with status {}", WEXITSTATUS(status)));
  return failed(fmt::format("signal {} ended it", WTERMSIG(status)));
}

}  // namespace faasta::certificates
