#pragma once

#include <string_view>

namespace faasta {

/// Takes what stands before the next `separator` off the front of `text`, and the separator too; all of it if there is
/// none.
inline std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

}  // namespace faasta
