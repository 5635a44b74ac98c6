#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

namespace faasta::certificates {

/// Runs the operator's program that writes TXT records: `PROGRAM present|cleanup NAME. VALUE`, as lego's provider
/// "exec" does. Blocks for at most five minutes, or for ten seconds after `stop` is requested; then kills the program.
/// Returns an empty text after a success, otherwise the problem's text.
[[nodiscard]] std::string run_dns_hook(const std::filesystem::path& program, const char* action,
                                       const std::string& name, const std::string& value, const std::stop_token& stop);

}  // namespace faasta::certificates
