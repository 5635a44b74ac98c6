#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"

namespace faasta::server {

/// The descriptors that faasta-supervisor or systemd has passed to this process, as sd_listen_fds(3) describes. Each
/// has a name: the setting of a listening socket ("listen", "tls.listen", "admin_listen"), "lock" or "supervisor".
class Inherited {
 public:
  /// Reads the descriptors from the environment, and removes the variables. Otherwise a child process would take the
  /// descriptors for its own.
  [[nodiscard]] static Inherited take();

  /// Returns the listening sockets for a setting. This object still owns them.
  [[nodiscard]] std::vector<int> sockets(std::string_view name) const;
  /// Returns the descriptor with this name; the caller owns it. Empty if there is none.
  [[nodiscard]] FileDescriptor give(std::string_view name);
  /// Whether another server of the same supervisor answers until this server is ready.
  [[nodiscard]] bool takes_over() const noexcept { return takes_over_; }
  /// Closes the sockets. The listener has its own copies.
  void close() { all_.clear(); }

 private:
  struct One {
    std::string name;
    FileDescriptor descriptor;
  };
  std::vector<One> all_;
  bool takes_over_ = false;
};

/// Tells the supervisor or systemd the state of the server: "READY=1" and other lines of sd_notify(3).
class ServiceNotice {
 public:
  /// `control`: the socket to the supervisor. If it is empty and systemd has started the server, the lines go to
  /// systemd.
  explicit ServiceNotice(FileDescriptor control) : control_(std::move(control)) {}

  void send(std::string_view lines) const noexcept;

 private:
  FileDescriptor control_;
};

/// Calls `answers` twice in each interval of systemd's watchdog (WATCHDOG_USEC, sd_watchdog_enabled(3)). The argument
/// is the time that the call may take. If the result is true, tells the watchdog that the server is alive. Returns when
/// `stop` is requested; at once if there is no watchdog.
void keep_watchdog(const ServiceNotice& notice, const std::function<bool(std::chrono::milliseconds most)>& answers,
                   const std::stop_token& stop);

/// Sends a line every ten seconds until `stop` is requested. So the supervisor does not kill a server that starts
/// slowly.
void send_signs_of_life(const ServiceNotice& notice, const std::stop_token& stop);

}  // namespace faasta::server
