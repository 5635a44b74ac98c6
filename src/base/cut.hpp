#pragma once

#include <string_view>

namespace faasta {

/// Removes the text before the next `separator` from the front of `text`, and the separator too, and returns that text.
/// If there is no separator, returns all of `text`.
inline std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

}  // namespace faasta
