#pragma once

#include <string>
#include <string_view>

namespace faasta::cli {

/// The reason why a call failed, in a form for the function's owner: the engine's text with the cause first, then the
/// function's own stack frames with names from its source. The frames of panicking above and of the runtime below are
/// left out.
[[nodiscard]] std::string readable_failure(std::string_view text);

}  // namespace faasta::cli
