#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// The values in the URL with which the browser comes back after a sign-in: a code or an error.
struct LoginReturn {
  std::string code;
  std::string error;  ///< the name of an error code of docs/errors.md
};

/// Waits on a port of 127.0.0.1 for the browser that comes back from signing in. Other requests to the port get an
/// answer and change nothing. For example, browsers also ask for icons, and open connections on which they send
/// nothing.
class LoopbackListener {
 public:
  [[nodiscard]] static Result<LoopbackListener> open();

  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] std::string redirect_uri() const;
  /// Waits for the browser. Fails with login_expired, or with interrupted. After success, the browser waits until
  /// tell_browser() answers it.
  [[nodiscard]] Outcome<LoginReturn> wait(std::string_view state, std::chrono::seconds patience);
  /// Answers the browser with a page for the person. Both arguments are plain text.
  void tell_browser(std::string_view title, std::string_view text);

 private:
  struct Visitor {
    FileDescriptor socket;
    std::string received;
    std::chrono::steady_clock::time_point came;
  };

  LoopbackListener(FileDescriptor socket, int port) : socket_(std::move(socket)), port_(port) {}
  void accept_visitor();
  /// Reads the bytes that have arrived. True if the connection of the visitor can be closed.
  bool serve(Visitor& visitor, std::string_view state, LoginReturn& found);

  FileDescriptor socket_;
  int port_;
  std::vector<Visitor> visitors_;
  FileDescriptor browser_;
};

}  // namespace faasta::cli
