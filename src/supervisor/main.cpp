// faasta-supervisor FAASTAD [OPTION...]: keeps a server running. It owns the listening sockets and the lock of the data
// folder, and starts `FAASTAD OPTION...` with them. So no client is refused while one server takes over from another.
// This happens after SIGHUP (a changed configuration), SIGUSR2 (a new program) or a crash. The supervisor reads no byte
// from the network.

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include "supervisor/carry.hpp"
#include "supervisor/process.hpp"
#include "supervisor/sockets.hpp"
#include "supervisor/supervision.hpp"

namespace faasta::supervisor {
namespace {

std::string now_text() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  constexpr long kNanoseconds = 1'000'000;
  std::snprintf(text.data() + size, text.size() - size, ".%03ldZ", now.tv_nsec / kNanoseconds);
  return text.data();
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out;
}

/// Writes a line in the form of the server's log.
void write_log(std::string_view level, std::string_view event, std::string_view detail, pid_t process) {
  std::string line = "{\"time\":\"" + now_text() + "\",\"level\":\"" + std::string(level) + "\",\"event\":\"" +
                     std::string(event) + "\"";
  if (process > 0) line += ",\"process\":" + std::to_string(process);
  if (!detail.empty()) line += ",\"detail\":\"" + escaped(detail) + "\"";
  line += "}\n";
  static_cast<void>(::write(STDERR_FILENO, line.data(), line.size()) < 0);
}

/// Sends lines to systemd (sd_notify(3)).
void tell_systemd(std::string_view lines) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || *path == '\0') return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  static_cast<void>(::sendto(socket, lines.data(), lines.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address),
                             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length)));
  ::close(socket);
}

std::string how_ended(int status) {
  return WIFEXITED(status) ? "exit " + std::to_string(WEXITSTATUS(status))
                           : "signal " + std::to_string(WTERMSIG(status));
}

class Supervisor final : public Actions {
 public:
  explicit Supervisor(std::vector<std::string> command) : command_(std::move(command)) {
    std::array<char, 4096> path{};
    const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
    program_.assign(path.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
  }

  /// Runs until systemd or the operator stops the service. Returns the exit code.
  int run(char** argv);

  std::optional<pid_t> start(bool takes_over) override;
  void send(pid_t process, int signal) override { ::kill(process, signal); }
  void notify(std::string_view lines) override {
    std::string text(lines);
    if (text.starts_with("RELOADING=1")) {
      timespec now{};
      ::clock_gettime(CLOCK_MONOTONIC, &now);
      constexpr long long kMicro = 1'000'000;
      text += "MONOTONIC_USEC=" + std::to_string(now.tv_sec * kMicro + now.tv_nsec / 1000) + "\n";
    }
    tell_systemd(text);
  }
  void log(std::string_view event, std::string_view detail, pid_t process) override {
    const bool bad = event != "server_started" && event != "server_serves" && event != "server_ended";
    write_log(bad ? "warn" : "info", event, detail, process);
  }

 private:
  void begin();
  void handle_signals(int signals, char** argv);
  void read_messages();
  void take_ended();
  void close_what_nobody_needs();
  void become_new_program(char** argv);

  const std::vector<std::string> command_;
  std::string program_;  ///< the path of this program; an upgrade puts the new version there
  std::vector<Held> held_;
  std::map<pid_t, int> controls_;
  pid_t last_started_ = 0;
  std::optional<Supervision> supervision_;
};

std::optional<pid_t> Supervisor::start(bool takes_over) {
  std::vector<std::string> ask = command_;
  ask.insert(ask.begin() + 1, "listeners");
  const auto output = output_of(ask);
  const auto needs = output ? parse_needs(*output) : std::unexpected(output.error());
  const std::string problem = needs ? hold(*needs, held_) : needs.error();
  if (!problem.empty()) {
    write_log("error", "server_cannot_start", problem, 0);
    return std::nullopt;
  }
  const auto started = start_server(command_, held_, takes_over);
  if (!started) return std::nullopt;
  controls_[started->process] = started->control;
  last_started_ = started->process;
  return started->process;
}

void Supervisor::begin() {
  const auto now = std::chrono::steady_clock::now();
  if (auto carried = unpack()) {
    held_ = std::move(carried->held);
    controls_ = std::move(carried->controls);
    supervision_.emplace(*this, std::move(carried->servers), carried->has_served, now);
    write_log("info", "supervisor_replaced", "", ::getpid());
  } else {
    held_ = from_systemd();
    supervision_.emplace(*this);
  }
  supervision_->replace(now);
}

/// Replaces this program by the file that is at its path now. The process keeps its id, its children and its
/// descriptors.
void Supervisor::become_new_program(char** argv) {
  if (supervision_->is_stopping()) return;
  // Check first whether the new program runs. If it did not, this process would end, and all servers with it.
  const auto runs = output_of({program_, "--help"});
  const std::string problem =
      runs ? pack({held_, supervision_->servers(), controls_, supervision_->has_served()}) : runs.error();
  if (problem.empty()) ::execv(program_.c_str(), argv);
  write_log("error", "supervisor_not_replaced", problem.empty() ? std::strerror(errno) : problem, 0);
  static_cast<void>(unpack());  // the old program goes on
  supervision_->replace(std::chrono::steady_clock::now());
}

void Supervisor::handle_signals(int signals, char** argv) {
  signalfd_siginfo info{};
  while (::read(signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    switch (info.ssi_signo) {
      case SIGCHLD:
        break;  // take_ended() looks
      case SIGHUP:
        supervision_->replace(std::chrono::steady_clock::now());
        break;
      case SIGUSR2:
        become_new_program(argv);
        break;
      default:
        supervision_->stop(std::chrono::steady_clock::now());
    }
  }
}

void Supervisor::read_messages() {
  std::array<char, 4096> bytes{};
  for (const auto& [process, control] : std::map(controls_)) {
    for (;;) {
      const ssize_t size = ::recv(control, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size <= 0) break;
      supervision_->on_message(process, {bytes.data(), static_cast<std::size_t>(size)},
                               std::chrono::steady_clock::now());
    }
  }
}

/// Closes the sockets and locks that no server needs any more. If the newest server did not become ready, nothing is
/// closed, because the server before it still uses its own sockets. A lock is closed only when the newest server is the
/// only server, because older servers were started with the lock.
void Supervisor::close_what_nobody_needs() {
  const auto& servers = supervision_->servers();
  if (std::ranges::any_of(servers, [](const Server& one) { return one.state == Server::State::starting; })) return;
  if (last_started_ == 0 || std::ranges::none_of(servers, [this](const Server& one) {
        return one.process == last_started_ && one.state == Server::State::serving;
      }))
    return;
  close_unneeded(held_, servers.size() == 1);
}

void Supervisor::take_ended() {
  int status = 0;
  for (pid_t process = 0; (process = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (const auto control = controls_.find(process); control != controls_.end()) {
      ::close(control->second);
      controls_.erase(control);
    }
    supervision_->on_exit(process, how_ended(status), std::chrono::steady_clock::now());
  }
}

/// Whether the program that started this one has it ignore the signal: a shell does that with SIGINT for a program in
/// the background.
bool is_ignored(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

int Supervisor::run(char** argv) {
  sigset_t taken;
  sigemptyset(&taken);
  for (const int signal : {SIGTERM, SIGHUP, SIGUSR2, SIGCHLD}) sigaddset(&taken, signal);
  if (!is_ignored(SIGINT)) sigaddset(&taken, SIGINT);  // a signalfd would take it although it is ignored
  sigprocmask(SIG_BLOCK, &taken, nullptr);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // so that a write to the log cannot end this process
  const int signals = ::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) return 1;
  begin();
  while (!supervision_->ended()) {
    std::vector<pollfd> watched{{signals, POLLIN, 0}};
    for (const auto& [process, control] : controls_) watched.push_back({control, POLLIN, 0});
    int wait = -1;
    if (const auto at = supervision_->wake_at()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*at - std::chrono::steady_clock::now());
      wait = static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
    }
    static_cast<void>(::poll(watched.data(), watched.size(), wait));
    read_messages();
    handle_signals(signals, argv);
    take_ended();
    supervision_->on_time(std::chrono::steady_clock::now());
    close_what_nobody_needs();
  }
  return supervision_->failed() ? 1 : 0;
}

}  // namespace
}  // namespace faasta::supervisor

int main(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') {
    std::fputs(
        "usage: faasta-supervisor FAASTAD [OPTION...]\n"
        "Keeps `FAASTAD OPTION...` running, and owns its listening sockets. SIGHUP: the configuration has\n"
        "changed; SIGUSR2: the program has changed; SIGTERM: stop.\n",
        argc == 2 && std::strcmp(argv[1], "--help") == 0 ? stdout : stderr);
    return argc == 2 && std::strcmp(argv[1], "--help") == 0 ? 0 : 2;
  }
  return faasta::supervisor::Supervisor(std::vector<std::string>(argv + 1, argv + argc)).run(argv);
}
