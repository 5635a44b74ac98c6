#include "cli/process/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "cli/terminal/interrupt.hpp"

namespace faasta::cli {
namespace {

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(Code::io_error, "pipe", errno);
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// Runs in the child between fork and exec, so it uses only calls that are allowed at this point. Reports errno through
/// `report`.
[[noreturn]] void become(char* const* arguments, const Process::More& more, int out, int err, int report) {
  constexpr int kAbove = 10;  // the pipe of the report must not have the number of the descriptor that is given
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (more.group == Process::Group::own) ::setpgid(0, 0);
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGINT, &usual, nullptr);
  ::sigaction(SIGTERM, &usual, nullptr);
  ::sigaction(SIGPIPE, &usual, nullptr);
  if (out >= 0) ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (more.descriptor >= 0) {
    report = ::fcntl(report, F_DUPFD_CLOEXEC, kAbove);
    const int given = ::fcntl(more.descriptor, F_DUPFD_CLOEXEC, kAbove);
    ::dup2(given, STDERR_FILENO + 1);
  }
  ::execvp(arguments[0], arguments);
  const int number = errno;
  const ssize_t told = ::write(report, &number, sizeof number);
  ::_exit(told > 0 ? 127 : 126);
}

/// Reads once and passes the bytes to `take`. False at the end or after a failure.
bool read_once(int fd, const Process::Take& take) {
  std::array<char, std::size_t{64} * 1024> buffer{};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got > 0) take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  return got > 0 || (got < 0 && errno == EINTR);
}

/// Adds the processes that `pid` has started and that still run, and theirs. See proc(5).
void add_descendants(pid_t pid, std::vector<pid_t>& out) {
  std::error_code unreadable;
  for (const auto& thread : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), unreadable)) {
    std::ifstream children(thread.path() / "children");
    for (pid_t child = 0; children >> child;) {
      out.push_back(child);
      add_descendants(child, out);
    }
  }
}

int shell_status(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

}  // namespace

Result<Process> Process::start(const std::vector<std::string>& arguments, Stdout out, More more) {
  auto out_pipe = make_pipe();
  auto err_pipe = make_pipe();
  auto report = make_pipe();
  if (!out_pipe || !err_pipe || !report) return fail_errno(Code::io_error, "pipe", errno);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(Code::io_error, "fork", errno);
  if (pid == 0)
    become(pointers.data(), more, out == Stdout::pipe ? out_pipe->write.get() : -1, err_pipe->write.get(),
           report->write.get());
  report->write = FileDescriptor();
  Process child(pid, out == Stdout::pipe ? std::move(out_pipe->read) : FileDescriptor(), std::move(err_pipe->read));
  int number = 0;
  ssize_t got = -1;
  do {
    got = ::read(report->read.get(), &number, sizeof number);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return child;
  static_cast<void>(child.wait());
  return fail_errno(number == ENOENT ? Code::tool_missing : Code::io_error, "run " + arguments.front(), number);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      status_(other.status_),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)) {}

Process::~Process() { stop(0); }

void Process::pump(const Take& out, const Take& err, const std::function<void()>& tick, Until until) {
  constexpr int kSecond = 1000;
  constexpr int kAfterEnd = 200;  // milliseconds
  while ((out_ || err_) && !interrupted()) {
    const bool ended = until == Until::ended && !running();
    std::array<pollfd, 2> wanted = {pollfd{out_.get(), POLLIN, 0}, pollfd{err_.get(), POLLIN, 0}};
    const int ready = ::poll(wanted.data(), wanted.size(),
                             ended                           ? kAfterEnd
                             : tick || until == Until::ended ? kSecond
                                                             : -1);
    if (ready < 0 && errno != EINTR) return;
    if (ready == 0 && ended) return;  // a program that it has left in the background keeps the pipes open
    if (tick) tick();
    if (ready <= 0) continue;
    if (wanted[0].revents != 0 && !read_once(out_.get(), out)) out_ = FileDescriptor();
    if (wanted[1].revents != 0 && !read_once(err_.get(), err)) err_ = FileDescriptor();
  }
}

bool Process::read_stderr_until(const std::function<bool(std::string_view)>& done, int timeout_seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(timeout_seconds);
  bool found = false;
  while (!found && err_ && !interrupted() && std::chrono::steady_clock::now() < end) {
    pollfd wanted{err_.get(), POLLIN, 0};
    if (::poll(&wanted, 1, 200) <= 0) continue;  // short, so that the timeout is checked often
    if (!read_once(err_.get(), [&](std::string_view bytes) { found = done(bytes); })) err_ = FileDescriptor();
  }
  return found;
}

int Process::wait() {
  if (pid_ > 0) {
    int status = 0;
    pid_t ended = -1;
    do {
      ended = ::waitpid(pid_, &status, 0);
    } while (ended < 0 && errno == EINTR);
    status_ = shell_status(status);
    pid_ = -1;
  }
  return status_;
}

bool Process::running() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  status_ = shell_status(status);
  pid_ = -1;
  return false;
}

void Process::begin_stop() const {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

void Process::stop(int grace_seconds) {
  if (pid_ <= 0) return;
  begin_stop();
  for (int i = 0; i < grace_seconds * 50; ++i) {
    if (!running()) return;
    ::poll(nullptr, 0, 20);
  }
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  static_cast<void>(wait());
}

void Process::stop_with_descendants(int grace_seconds) {
  std::vector<pid_t> descendants;
  if (pid_ > 0) add_descendants(pid_, descendants);
  for (const pid_t descendant : descendants) ::kill(descendant, SIGTERM);
  stop(grace_seconds);
}

std::filesystem::path find_program(const std::string& program) {
  const char* path = std::getenv("PATH");
  return find_program(program, path == nullptr ? std::string_view() : std::string_view(path));
}

std::filesystem::path find_program(const std::string& program, std::string_view path) {
  if (program.find('/') != std::string::npos) return program;
  std::string_view rest = path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const std::filesystem::path candidate = std::filesystem::path(rest.substr(0, end)) / program;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

}  // namespace faasta::cli
