#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "attack/trial.hpp"

namespace faasta::attack {

/// Sends three times as many requests as a server of its own can serve, to one function or to `functions` functions of
/// as many owners. Each call uses two milliseconds of processor time.
[[nodiscard]] Result<Trial> capacity(const std::string& component, const std::filesystem::path& settings,
                                     std::chrono::milliseconds during, unsigned functions);

}  // namespace faasta::attack
