#pragma once

#include "server/config.hpp"
#include "server/data_folder.hpp"

namespace faasta::server {

/// Writes warnings to the log about settings and a machine with which the server works, but not as well as it could.
void log_risks(const Config& config, const DataFolder& data);

}  // namespace faasta::server
