#pragma once

#include <sys/types.h>

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/sockets.hpp"

namespace faasta::supervisor {

/// Runs `command` and returns its standard output. Returns an error text if the command fails or takes longer than ten
/// seconds.
[[nodiscard]] std::expected<std::string, std::string> output_of(const std::vector<std::string>& command);

/// A server that was started, and the socket on which it sends its messages.
struct Started {
  pid_t process = 0;
  int control = -1;
};

/// Starts a server. It inherits the descriptors in `held` that are needed, as sd_listen_fds(3) describes, and its end
/// of the control socket, with the name "supervisor". The server gets SIGTERM when this process ends. `takes_over`:
/// another server answers until the new server is ready. Then the new server has the variable FAASTA_TAKES_OVER.
[[nodiscard]] std::optional<Started> start_server(const std::vector<std::string>& command,
                                                  const std::vector<Held>& held, bool takes_over);

}  // namespace faasta::supervisor
