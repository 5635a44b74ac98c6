#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace faasta::supervisor {

/// A listening socket or a lock that each server gets. `name` is the name of the setting that selects it, and `place`
/// an address or a path.
struct Held {
  std::string name;
  std::string place;
  int descriptor = -1;
  bool is_needed = true;  ///< by the newest server
};

/// What a server needs: one line of `faastad listeners`.
struct Need {
  std::string name;
  std::string place;
  unsigned count = 1;  ///< sockets that share the address (SO_REUSEPORT)

  bool operator==(const Need&) const = default;
};

/// Reads the output of `faastad listeners`: lines of name, place and count, with a tab between them.
[[nodiscard]] std::expected<std::vector<Need>, std::string> parse_needs(std::string_view lines);

/// Opens what is needed and not held yet. A socket for the same address is kept, so that no client that waits in it is
/// lost; sockets of an address are never closed while the address is needed, even if fewer are. What is not needed any
/// more stays open, with `is_needed` false: the server that serves now has it, and perhaps goes on. If something cannot
/// be opened, nothing changes, and the text of the error is returned.
[[nodiscard]] std::string hold(const std::vector<Need>& needs, std::vector<Held>& held);

/// Closes the sockets that are not needed; `locks`: the locks, too.
void close_unneeded(std::vector<Held>& held, bool locks);

/// Takes the sockets that systemd has opened (sd_listen_fds(3)).
[[nodiscard]] std::vector<Held> from_systemd();

/// The address of a socket: "127.0.0.1:8080", "[::1]:8080".
[[nodiscard]] std::string address_of(int socket);

}  // namespace faasta::supervisor
