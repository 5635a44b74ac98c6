#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace faasta {

/// Returns where to cut `text` so that at most `most` bytes stay and no UTF-8 character is cut in two. If `text` is not
/// UTF-8, returns `most`.
[[nodiscard]] constexpr std::size_t character_boundary(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text.size();
  constexpr std::size_t kLongestTail = 3;  // the most bytes that follow the first byte of a character
  const auto continues = [text](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
  std::size_t at = most;
  for (std::size_t back = 0; back < kLongestTail && at > 0 && continues(at); ++back) --at;
  return continues(at) ? most : at;
}

}  // namespace faasta
