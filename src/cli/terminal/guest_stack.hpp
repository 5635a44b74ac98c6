#pragma once

#include <string>
#include <string_view>

namespace faasta::cli {

/// Makes the reason why a call failed readable for the function's owner: first the engine's text with the cause, then
/// the function's own stack frames with names from its source. The frames of the panic at the top and of the runtime at
/// the bottom are left out.
[[nodiscard]] std::string readable_failure(std::string_view text);

}  // namespace faasta::cli
