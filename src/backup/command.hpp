#pragma once

#include <filesystem>
#include <functional>
#include <span>

#include "base/error.hpp"

namespace faasta::backup {

struct Places {
  std::filesystem::path data;
  std::filesystem::path secrets_key;
};

/// `faastad backup ...` and `faastad restore ...`. Prints the result, or returns the failure. `places_of`: reads a
/// configuration file of the server.
[[nodiscard]] Result<> run_backup(std::span<char*> arguments,
                                  const std::function<Result<Places>(const std::filesystem::path& config)>& places_of);

}  // namespace faasta::backup
