#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"

namespace faasta::server {

/// Descriptors that the process that started this one has passed, as sd_listen_fds(3) describes: faasta-supervisor or
/// systemd. Their names are those of settings: "listen", "tls.listen", "admin_listen"; and "lock", "supervisor".
class Inherited {
 public:
  /// Takes them out of the environment, so that no child process believes that they are its own.
  [[nodiscard]] static Inherited take();

  /// The listening sockets for a setting; they stay owned by this object.
  [[nodiscard]] std::vector<int> sockets(std::string_view name) const;
  /// Gives a descriptor away. Empty if there is none of this name.
  [[nodiscard]] FileDescriptor give(std::string_view name);
  /// Whether another server of the same supervisor answers until this one is ready.
  [[nodiscard]] bool takes_over() const noexcept { return takes_over_; }
  /// Closes the sockets. The listener works on copies.
  void close() { all_.clear(); }

 private:
  struct One {
    std::string name;
    FileDescriptor descriptor;
  };
  std::vector<One> all_;
  bool takes_over_ = false;
};

/// Tells the process that started this one what the server does: "READY=1" and other lines of sd_notify(3).
class ServiceNotice {
 public:
  /// `control`: the socket to the supervisor. If it is empty, the lines go to systemd, if systemd has started the
  /// server.
  explicit ServiceNotice(FileDescriptor control) : control_(std::move(control)) {}

  void send(std::string_view lines) const noexcept;

 private:
  FileDescriptor control_;
};

/// Tells systemd's watchdog twice in each of its intervals (WATCHDOG_USEC, sd_watchdog_enabled(3)) that the server is
/// alive, if `answers` is true; its argument is how long it may take. Returns when `stop` is requested; at once if
/// there is no watchdog.
void keep_watchdog(const ServiceNotice& notice, const std::function<bool(std::chrono::milliseconds most)>& answers,
                   const std::stop_token& stop);

/// Sends a line every ten seconds while a start takes long, until `stop` is requested.
void send_signs_of_life(const ServiceNotice& notice, const std::stop_token& stop);

}  // namespace faasta::server
