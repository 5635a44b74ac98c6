#pragma once
// Text from servers and guests is not to be trusted by a terminal: escape sequences can hide, recolour or type text.

#include <string>
#include <string_view>

namespace faasta {

/// `text` without escape sequences and control characters (C0, DEL and C1); line feeds and tabs stay, bad UTF-8
/// becomes U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);
/// The same on one line: line feeds and tabs become spaces.
[[nodiscard]] std::string printable_line(std::string_view text);
/// Whether every byte belongs to a well-formed UTF-8 sequence (no overlong forms, no surrogates).
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace faasta
