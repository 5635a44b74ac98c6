#include "cli/process/browser.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "cli/process/process.hpp"

namespace faasta::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// Returns the shell command that opens the URL in $1. Empty if there is no browser.
std::string browser_command() {
  std::string command = environment("BROWSER");
  command =
      command.substr(0, command.find(':'));  // $BROWSER can be a list; this uses its first element, as xdg-open does
  if (const std::size_t place = command.find("%s"); place != std::string::npos) {
    command.replace(place, 2, "\"$1\"");
    return command;
  }
  if (!command.empty()) return command + " \"$1\"";
  const bool display = !environment("DISPLAY").empty() || !environment("WAYLAND_DISPLAY").empty();
  return display && !find_program("xdg-open").empty() ? "xdg-open \"$1\"" : "";
}

/// Runs the browser in its own session, so that Ctrl-C here does not end the browser. The browser does not get our
/// stdout and stderr.
[[noreturn]] void become_browser(char* const* arguments) {
  ::setsid();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) static_cast<void>(std::signal(signal, SIG_DFL));
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere >= 0)
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

bool over_ssh() {
  return !environment("SSH_CONNECTION").empty() || !environment("SSH_CLIENT").empty() ||
         !environment("SSH_TTY").empty();
}

bool open_browser(const std::string& url) {
  std::string command = over_ssh() ? std::string() : browser_command();
  if (command.empty()) return false;
  std::string shell = "/bin/sh";
  std::string flag = "-c";
  std::string link = url;
  const std::array<char*, 6> arguments = {shell.data(), flag.data(), command.data(),
                                          shell.data(), link.data(), nullptr};
  // Forks twice, so that the browser can live longer than this process, and this process does not have to wait for the
  // browser.
  const pid_t child = ::fork();
  if (child == 0) {
    const pid_t browser = ::fork();
    if (browser == 0) become_browser(arguments.data());
    ::_exit(browser < 0 ? 1 : 0);
  }
  int status = 1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && status == 0;
}

}  // namespace faasta::cli
