#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/sockets.hpp"
#include "supervisor/supervision.hpp"

namespace faasta::supervisor {

/// What a supervisor hands to the program that replaces it in the same process.
struct Carried {
  std::vector<Held> held;
  std::vector<Server> servers;
  std::map<pid_t, int> controls;  ///< the control socket of each server
  bool has_served = false;        ///< a server was ready once
};

/// One line for each descriptor and server, so that a program of another version can read it.
[[nodiscard]] std::string to_text(const Carried& carried);
/// Lines that this version does not know are skipped.
[[nodiscard]] Carried parse_carried(std::string_view text);

/// Keeps the descriptors open over exec(), and writes the text into memory, whose descriptor the variable
/// FAASTA_SUPERVISOR names. Returns an error's text, or an empty text.
[[nodiscard]] std::string pack(const Carried& carried);
/// Reads what pack() has left, if there is something. Then the descriptors are closed at the next exec() again.
[[nodiscard]] std::optional<Carried> unpack();

}  // namespace faasta::supervisor
