#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

namespace faasta::certificates {

/// Runs the operator's program that writes TXT records: `PROGRAM present|cleanup NAME. VALUE`, as lego's provider
/// "exec" does. Blocks, for at most five minutes; after `stop` is requested, for at most ten seconds. Then the program
/// is killed. Returns an empty text after a success, otherwise what went wrong.
[[nodiscard]] std::string run_dns_hook(const std::filesystem::path& program, const char* action,
                                       const std::string& name, const std::string& value, const std::stop_token& stop);

}  // namespace faasta::certificates
