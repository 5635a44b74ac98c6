#pragma once

#include <span>
#include <string_view>

namespace faasta::cli {

/// The word in `known` that was probably meant by `text`, or an empty text.
[[nodiscard]] std::string_view suggest(std::string_view text, std::span<const std::string_view> known);

}  // namespace faasta::cli
