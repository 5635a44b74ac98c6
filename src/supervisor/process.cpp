#include "supervisor/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace faasta::supervisor {
namespace {

constexpr std::chrono::milliseconds kLongest{10'000};
constexpr int kFirst = 3;  // the first descriptor that a server inherits (sd_listen_fds(3))
constexpr int kExecFailed = 127;

std::vector<char*> arguments_of(const std::vector<std::string>& command) {
  std::vector<char*> out;
  for (const std::string& word : command) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become_server(const std::vector<std::string>& command, const std::vector<Held>& held, int control,
                                bool takes_over, pid_t parent) {
  // First copy all descriptors to numbers above the final numbers. So dup2() overwrites none of them.
  std::vector<int> above;
  std::string names;
  const int free = kFirst + static_cast<int>(held.size()) + 1;
  for (const Held& one : held) {
    if (!one.is_needed) continue;
    above.push_back(::fcntl(one.descriptor, F_DUPFD, free));
    names += one.name + ":";
  }
  above.push_back(::fcntl(control, F_DUPFD, free));
  names += "supervisor";
  for (std::size_t i = 0; i < above.size(); ++i)
    if (above[i] < 0 || ::dup2(above[i], kFirst + static_cast<int>(i)) < 0) ::_exit(kExecFailed);
  ::close_range(static_cast<unsigned>(kFirst) + static_cast<unsigned>(above.size()), ~0U, 0);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", std::to_string(above.size()).c_str(), 1);
  ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
  if (std::getenv("WATCHDOG_PID") != nullptr) ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  ::unsetenv("NOTIFY_SOCKET");
  if (takes_over) ::setenv("FAASTA_TAKES_OVER", "1", 1);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kExecFailed);  // the parent ended before prctl()
  unblock_signals();
  ::execvp(command.front().c_str(), arguments_of(command).data());
  ::_exit(kExecFailed);
}

}  // namespace

std::expected<std::string, std::string> output_of(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(std::string("pipe: ") + std::strerror(errno));
  const pid_t child = ::fork();
  if (child == 0) {
    unblock_signals();
    ::dup2(ends[1], STDOUT_FILENO);
    ::execvp(command.front().c_str(), arguments_of(command).data());
    ::_exit(kExecFailed);
  }
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    return std::unexpected(std::string("fork: ") + std::strerror(errno));
  }
  std::string out;
  std::array<char, 4096> bytes{};
  const auto end = std::chrono::steady_clock::now() + kLongest;
  bool in_time = true;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd watched{.fd = ends[0], .events = POLLIN, .revents = 0};
    in_time = left.count() > 0;
    if (!in_time) break;
    if (::poll(&watched, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t size = ::read(ends[0], bytes.data(), bytes.size());
    if (size <= 0) break;
    out.append(bytes.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  int status = 0;
  // The child may have closed its output without ending.
  constexpr timespec kLook{.tv_sec = 0, .tv_nsec = 5'000'000};
  pid_t ended = 0;
  while (in_time && (ended = ::waitpid(child, &status, WNOHANG)) == 0) {
    in_time = std::chrono::steady_clock::now() < end;
    ::nanosleep(&kLook, nullptr);
  }
  if (!in_time) {
    ::kill(child, SIGKILL);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }
  if (!in_time) return std::unexpected(command.front() + " did not end in time");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return std::unexpected(command.front() + " " + command[1] + " failed; its message is above");
  return out;
}

std::optional<Started> start_server(const std::vector<std::string>& command, const std::vector<Held>& held,
                                    bool takes_over) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::nullopt;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become_server(command, held, ends[1], takes_over, parent);
  ::close(ends[1]);
  if (child > 0) return Started{child, ends[0]};
  ::close(ends[0]);
  return std::nullopt;
}

}  // namespace faasta::supervisor
