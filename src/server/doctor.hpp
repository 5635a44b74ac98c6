#pragma once

#include <span>

namespace faasta::server {

/// `faastad doctor` and `faastad check-config`: look for what would keep a server with these options from serving.
/// Print the findings. Return the exit code: 0, or 1 if there is a fault; if the settings cannot be read, 2.
[[nodiscard]] int run_doctor(std::span<char*> arguments);

}  // namespace faasta::server
