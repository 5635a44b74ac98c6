#pragma once

#include <filesystem>
#include <functional>
#include <span>

#include "admin/operator.hpp"
#include "base/error.hpp"

namespace faasta::admin {

/// `faastad admin ...`: the operator's commands. The commands work on the catalog file of a data folder. A person who
/// can write this file is the operator. The commands work even if no server runs. A running server reads the changes
/// within a second. Returns the exit code. `places_of`: reads a configuration file of the server and returns the places
/// that it names.
[[nodiscard]] int run_admin(std::span<char*> arguments,
                            const std::function<Result<Places>(const std::filesystem::path& config)>& places_of);

}  // namespace faasta::admin
