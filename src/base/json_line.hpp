#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace faasta {

/// Writes one JSON object as a line, member by member. Logs use it, because building a tree of values would be too
/// slow. Keys are constants of the code and are not escaped.
class JsonLine {
 public:
  JsonLine& text(std::string_view key, std::string_view value);
  /// Writes at most `most` bytes of `value`, cut between two characters. An ellipsis marks a text that was cut.
  JsonLine& shortened(std::string_view key, std::string_view value, std::size_t most);
  JsonLine& number(std::string_view key, std::uint64_t value);
  /// `us`: microseconds; written as milliseconds with three decimals.
  JsonLine& milliseconds(std::string_view key, std::uint64_t us);
  JsonLine& boolean(std::string_view key, bool value);

  /// Returns the line, with its newline.
  [[nodiscard]] std::string take();

 private:
  void key(std::string_view name);
  std::string out_ = "{";
};

}  // namespace faasta
