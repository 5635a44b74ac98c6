#include "cli/printable.hpp"

#include <algorithm>
#include <cstdint>

namespace faasta::cli {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

/// Length of the well-formed UTF-8 sequence at `at`, or 0 (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const std::uint8_t first = byte_at(text, at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > text.size()) return 0;
  const std::uint8_t second = byte_at(text, at + 1);
  const std::uint8_t lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (std::size_t i = at + 2; i < at + length; ++i)
    if ((byte_at(text, i) & 0xc0U) != 0x80) return 0;
  return length;
}

/// Where the escape sequence that starts at `at` (an ESC) ends: CSI, a string such as OSC, or two characters.
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

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::uint8_t c = byte_at(text, at);
    if (c == 0x1b) {
      at = escape_end(text, at);
      continue;
    }
    const std::size_t length = sequence_length(text, at);
    const bool c1 = length == 2 && c == 0xc2 && byte_at(text, at + 1) < 0xa0;
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || c1;
    if (length == 0) out += "\xef\xbf\xbd";
    if (length != 0 && !control) out += text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string printable_line(std::string_view text) {
  std::string out = printable(text);
  std::ranges::replace_if(out, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace faasta::cli
