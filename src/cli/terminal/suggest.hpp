#pragma once

#include <span>
#include <string_view>

namespace faasta::cli {

/// Returns the word in `known` that the user probably meant by `text`, or an empty text.
[[nodiscard]] std::string_view suggest(std::string_view text, std::span<const std::string_view> known);

}  // namespace faasta::cli
