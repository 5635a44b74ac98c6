#pragma once
// Text from servers and guests must not reach a terminal unchanged: its escape sequences can hide text, change colours,
// or simulate typed input.

#include <string>
#include <string_view>

namespace faasta {

/// Returns `text` without escape sequences and control characters (C0, DEL, C1). Line feeds and tabs stay. Bytes that
/// are not UTF-8 become U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);
/// As printable(), but returns one line: line feeds and tabs become spaces.
[[nodiscard]] std::string printable_line(std::string_view text);
/// Whether every byte belongs to a well-formed UTF-8 sequence (no overlong forms, no surrogates).
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace faasta
