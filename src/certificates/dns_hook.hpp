#pragma once

#include <filesystem>
#include <string>

namespace faasta::certificates {

/// Runs the operator's program that writes TXT records: `PROGRAM present|cleanup NAME. VALUE`, as lego's provider
/// "exec" does. Blocks, for at most five minutes. Returns an empty text after a success, otherwise what went wrong.
[[nodiscard]] std::string run_dns_hook(const std::filesystem::path& program, const char* action,
                                       const std::string& name, const std::string& value);

}  // namespace faasta::certificates
