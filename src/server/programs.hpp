#pragma once

#include <filesystem>
#include <memory>

#include "base/error.hpp"
#include "base/process_starter.hpp"
#include "server/config.hpp"

namespace faasta::server {

/// Begins the process that starts programs for the server: the server itself as a compile child, and the operator's
/// program for DNS. Call this before there are other threads.
[[nodiscard]] Result<std::unique_ptr<ProcessStarter>> start_starter(const Config& config,
                                                                    const std::filesystem::path& data);

}  // namespace faasta::server
