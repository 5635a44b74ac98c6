#include "cli/terminal/hidden_input.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "cli/terminal/interrupt.hpp"

namespace faasta::cli {
namespace {

/// Switches the echo of the terminal off until it is destroyed.
class WithoutEcho {
 public:
  WithoutEcho() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  WithoutEcho(const WithoutEcho&) = delete;
  WithoutEcho& operator=(const WithoutEcho&) = delete;
  ~WithoutEcho() {
    if (changed_) static_cast<void>(::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_));
  }

 private:
  termios before_{};
  bool changed_ = false;
};

}  // namespace

Result<std::string> hidden_input(std::string_view prompt, std::size_t most, bool never_ask) {
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  if (terminal && never_ask) return fail(Code::confirmation_needed, std::string(prompt));
  const WithoutEcho quiet;
  if (terminal) static_cast<void>(std::fputs(std::string(prompt).c_str(), stderr));
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (interrupted()) return fail(Code::interrupted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(Code::io_error, "reading stdin", errno);
    out.append(buffer.data(), static_cast<std::size_t>(got));
    if (out.size() > most) return fail(Code::io_error, "stdin has more than " + std::to_string(most) + " bytes");
    if (got == 0 || (terminal && out.ends_with('\n'))) break;
  }
  if (terminal) static_cast<void>(std::fputs("\n", stderr));
  return out;
}

}  // namespace faasta::cli
