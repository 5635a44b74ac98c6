#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "base/process_starter.hpp"

namespace faasta::certificates {

/// The operator's program, as run_dns_hook() starts it.
[[nodiscard]] StartableProgram dns_hook_program(const std::filesystem::path& program);

/// Runs the operator's program, which `starter` starts and which writes TXT records: `PROGRAM present|cleanup NAME.
/// VALUE`, as lego's provider "exec" does. Blocks for at most five minutes, or for ten seconds after `stop` is
/// requested; then kills the program. Returns an empty text after a success, otherwise the problem's text.
[[nodiscard]] std::string run_dns_hook(const ProcessStarter& starter, const std::filesystem::path& program,
                                       const char* action, const std::string& name, const std::string& value,
                                       const std::stop_token& stop);

}  // namespace faasta::certificates
