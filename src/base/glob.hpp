#pragma once

#include <bitset>
#include <cstddef>
#include <string_view>
#include <vector>

namespace faasta {

/// A pattern, in which `*` stands for any characters and `?` for one byte. A stranger may write the pattern, so the
/// time for a text depends on the length of the text only; fnmatch(3) may take exponential time.
class Glob {
 public:
  static constexpr std::size_t kLongest = 256;

  /// `pattern`: at most kLongest bytes.
  explicit Glob(std::string_view pattern);
  [[nodiscard]] bool matches(std::string_view text) const noexcept;

 private:
  /// Places in the pattern without its stars: 0 is before its first byte.
  using Places = std::bitset<kLongest + 1>;

  std::vector<Places> before_;  // for each byte: the places that have this byte after them
  Places stars_;                // the places that have a star
  std::size_t end_ = 0;
};

}  // namespace faasta
