#pragma once

#include <string>
#include <string_view>

namespace faasta {

/// `text` as one word of a command line for sh, ready to paste.
[[nodiscard]] std::string shell_quoted(std::string_view text);

}  // namespace faasta
