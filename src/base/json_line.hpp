#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace faasta {

/// Writes one JSON object as a line, member by member: for the logs, where a tree of values would cost more than the
/// line is worth. Keys are ours and need no escaping.
class JsonLine {
 public:
  JsonLine& text(std::string_view key, std::string_view value);
  /// At most `most` bytes of `value`, whole characters; an ellipsis says that there was more.
  JsonLine& shortened(std::string_view key, std::string_view value, std::size_t most);
  JsonLine& number(std::string_view key, std::uint64_t value);
  /// Microseconds, as milliseconds with three decimals.
  JsonLine& milliseconds(std::string_view key, std::uint64_t us);
  JsonLine& boolean(std::string_view key, bool value);

  /// The line, with its newline.
  [[nodiscard]] std::string take();

 private:
  void key(std::string_view name);
  std::string out_ = "{";
};

}  // namespace faasta
