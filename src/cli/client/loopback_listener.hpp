#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.hpp"
#include "cli/client/visitors.hpp"
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

  [[nodiscard]] int port() const noexcept { return visitors_.port(); }
  [[nodiscard]] std::string redirect_uri() const;
  /// Waits for the browser. Fails with login_expired, or with interrupted. After success, the browser waits until
  /// tell_browser() answers it.
  [[nodiscard]] Outcome<LoginReturn> wait(std::string_view state, std::chrono::seconds patience);
  /// Answers the browser with a page for the person. Both arguments are plain text.
  void tell_browser(std::string_view title, std::string_view text);

 private:
  explicit LoopbackListener(Visitors visitors) : visitors_(std::move(visitors)) {}
  /// Answers a request, or keeps its connection in `browser_`: then `found` has the values of the URL.
  void serve(std::string_view head, FileDescriptor connection, std::string_view state, LoginReturn& found);

  Visitors visitors_;
  FileDescriptor browser_;
};

}  // namespace faasta::cli
