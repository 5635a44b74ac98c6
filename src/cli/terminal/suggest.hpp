#pragma once

#include <span>
#include <string_view>

namespace faasta::cli {

/// The one of `known` that `text` is probably a misspelling of, or an empty text.
[[nodiscard]] std::string_view suggest(std::string_view text, std::span<const std::string_view> known);

}  // namespace faasta::cli
