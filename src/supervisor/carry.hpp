#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/sockets.hpp"
#include "supervisor/supervision.hpp"

namespace faasta::supervisor {

/// The state that a supervisor hands to a new version of its program, which then runs in the same process.
struct Carried {
  std::vector<Held> held;
  std::vector<Server> servers;
  std::map<pid_t, int> controls;  ///< the control socket of each server
  bool has_served = false;        ///< whether a server was ready before
};

/// Writes one line for each descriptor and server, so that a program of another version can read the text.
[[nodiscard]] std::string to_text(const Carried& carried);
/// Skips lines that this version does not know.
[[nodiscard]] Carried parse_carried(std::string_view text);

/// Keeps the descriptors open over exec(), and writes to_text() into a file in memory. The environment variable
/// FAASTA_SUPERVISOR has the descriptor of this file. Returns an empty text after a success, otherwise the problem's
/// text.
[[nodiscard]] std::string pack(const Carried& carried);
/// Reads the state that pack() has written. Nothing if there is none. Afterwards, exec() closes the descriptors again.
[[nodiscard]] std::optional<Carried> unpack();

}  // namespace faasta::supervisor
