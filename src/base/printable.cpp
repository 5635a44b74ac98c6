#include "base/printable.hpp"

#include <algorithm>
#include <cstdint>

#include "base/json.hpp"

namespace faasta {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

/// Returns the end of the escape sequence that starts with the ESC at `at`: CSI, a string such as OSC, or two
/// characters.
std::size_t escape_end(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return text.size();
  const char kind = text[at + 1];
  std::size_t i = at + 2;
  if (kind == '[') {
    while (i < text.size() && byte_at(text, i) >= 0x20 && byte_at(text, i) < 0x40) ++i;
    return i < text.size() && byte_at(text, i) >= 0x40 && byte_at(text, i) < 0x7f ? i + 1 : i;
  }
  if (kind == ']' || kind == 'P' || kind == '_' || kind == '^' || kind == 'X') {
    while (i < text.size() && text[i] != '\a' && text[i] != '\x1b' && text[i] != '\n') ++i;
    if (i < text.size() && text[i] == '\a') return i + 1;
    return i + 1 < text.size() && text[i] == '\x1b' && text[i + 1] == '\\' ? i + 2 : i;
  }
  return byte_at(text, at + 1) >= 0x20 && byte_at(text, at + 1) < 0x7f ? i : at + 1;
}

}  // namespace

std::string printable(std::string_view given) {
  const std::string text = valid_utf8(given);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::uint8_t c = byte_at(text, at);
    if (c == 0x1b) {
      at = escape_end(text, at);
      continue;
    }
    const bool c1 = c == 0xc2 && byte_at(text, at + 1) < 0xa0;  // U+0080 to U+009F
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || c1;
    if (!control) out += text[at];
    at += c1 ? 2 : 1;
  }
  return out;
}

std::string printable_line(std::string_view text) {
  std::string out = printable(text);
  std::ranges::replace_if(out, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

bool is_utf8(std::string_view text) { return valid_utf8(text) == text; }

}  // namespace faasta
