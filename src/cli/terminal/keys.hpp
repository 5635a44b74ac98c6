#pragma once

#include <termios.h>
#include <unistd.h>

namespace faasta::cli {

/// Reads single keys from a terminal until it is destroyed.
class Keys {
 public:
  Keys() : terminal_(::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!terminal_) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;
  ~Keys() {
    if (terminal_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  [[nodiscard]] bool there() const noexcept { return terminal_; }
  [[nodiscard]] static char read() {
    char key = 0;
    return ::read(STDIN_FILENO, &key, 1) == 1 ? key : '\0';
  }

 private:
  termios before_{};
  bool terminal_;
};

}  // namespace faasta::cli
