#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace faasta::supervisor {

/// A listening socket or a lock that the supervisor keeps open for its servers. `name`: the setting that selects the
/// address or path. `place`: the address or path.
struct Held {
  std::string name;
  std::string place;
  int descriptor = -1;
  bool is_needed = true;  ///< whether the newest server needs it
};

/// A socket or lock that a server needs: one line of the output of `faastad listeners`.
struct Need {
  std::string name;
  std::string place;
  unsigned count = 1;  ///< number of sockets that share the address (SO_REUSEPORT)

  bool operator==(const Need&) const = default;
};

/// Reads the output of `faastad listeners`: each line has a name, a place and a count, with tabs between them.
[[nodiscard]] std::expected<std::vector<Need>, std::string> parse_needs(std::string_view lines);

/// Opens the sockets and locks that are needed and not held yet. Sockets for a needed address are kept, even if fewer
/// sockets are needed now, because clients may wait in their queues. Sockets and locks that are not needed any more
/// stay open, with `is_needed` false, because the server that serves now may go on. Returns an empty text after a
/// success. If one cannot be opened, changes nothing and returns the problem's text.
[[nodiscard]] std::string hold(const std::vector<Need>& needs, std::vector<Held>& held);

/// Closes the sockets that are not needed. `locks`: also closes the locks that are not needed.
void close_unneeded(std::vector<Held>& held, bool locks);

/// Returns the sockets that systemd has opened for this process (sd_listen_fds(3)).
[[nodiscard]] std::vector<Held> from_systemd();

/// The address of a socket: "127.0.0.1:8080", "[::1]:8080".
[[nodiscard]] std::string address_of(int socket);

}  // namespace faasta::supervisor
