#pragma once

#include <string>
#include <string_view>

namespace faasta {

/// Quotes `text`, so that sh reads it as one word of a command line.
[[nodiscard]] std::string shell_quoted(std::string_view text);

}  // namespace faasta
