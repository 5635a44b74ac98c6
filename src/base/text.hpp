#pragma once
// Functions for ASCII text in protocols and files.

#include <algorithm>
#include <string>
#include <string_view>

namespace faasta {

/// Removes the text before the first `separator`, and the separator itself, from the front of `text`. Returns the text
/// before the separator. If there is no separator, removes and returns all of `text`.
inline std::string_view take_until(std::string_view& text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + separator.size());
  return part;
}
inline std::string_view take_until(std::string_view& text, char separator) {
  return take_until(text, std::string_view(&separator, 1));
}

/// Returns `text` without the characters of `blank` at both ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text, std::string_view blank = " \t") noexcept {
  const std::size_t from = text.find_first_not_of(blank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blank) - from + 1);
}

[[nodiscard]] constexpr char lowered(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
[[nodiscard]] inline std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lowered(c);
  return out;
}

/// Whether two texts are equal if upper and lower case are not distinguished.
[[nodiscard]] inline bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return lowered(x) == lowered(y); });
}

}  // namespace faasta
