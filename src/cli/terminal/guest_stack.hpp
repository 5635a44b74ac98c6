#pragma once

#include <string>
#include <string_view>

namespace faasta::cli {

/// Why a call failed, as its owner wants to read it: the text of the engine, with its cause first, then the function's
/// own frames by the names of their source, without the frames of panicking above and those of the runtime below.
[[nodiscard]] std::string readable_failure(std::string_view text);

}  // namespace faasta::cli
