#pragma once

#include <string_view>

namespace faasta {

/// Whether `text` matches `pattern`, in which `*` stands for any characters and `?` for one byte. The time is at most
/// the product of the two lengths, whatever a stranger writes into the pattern; fnmatch(3) may take exponential time.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

}  // namespace faasta
