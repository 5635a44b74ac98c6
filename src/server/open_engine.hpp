#pragma once

#include <filesystem>
#include <memory>

#include "base/error.hpp"
#include "engine/engine.hpp"
#include "server/config.hpp"
#include "server/machine.hpp"

namespace faasta::server {

/// Opens the engine with the settings of the operator, the limits of the machine, and the key of the seals, which is in
/// the data folder.
[[nodiscard]] Result<std::shared_ptr<const engine::Engine>> open_engine(const Config& config,
                                                                        const MachineLimits& limits,
                                                                        const std::filesystem::path& data);

}  // namespace faasta::server
