#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/project/session.hpp"

namespace faasta::cli {

/// Returns the names of the environments in the project's file; empty if there is none, or if it is not valid.
[[nodiscard]] std::vector<std::string> declared_environments();
/// Returns the names of the secrets that the project declares.
[[nodiscard]] std::vector<std::string> declared_secrets(std::string_view environment);

}  // namespace faasta::cli
