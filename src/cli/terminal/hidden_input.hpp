#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta::cli {

/// Reads a secret value. If stdin is a terminal, shows `prompt` and reads one line without showing it. Otherwise reads
/// stdin to its end. Fails with io_error above `most` bytes, with confirmation_needed if a person would have to answer
/// and `never_ask` is set, and with interrupted.
[[nodiscard]] Result<std::string> hidden_input(std::string_view prompt, std::size_t most, bool never_ask);

}  // namespace faasta::cli
