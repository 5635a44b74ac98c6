#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace faasta::component {

/// Reads WebAssembly's basic values from untrusted bytes; every read can fail.
class BinaryReader {
 public:
  explicit BinaryReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] std::size_t position() const noexcept { return position_; }
  [[nodiscard]] bool at_end() const noexcept { return position_ == bytes_.size(); }
  [[nodiscard]] std::optional<std::uint8_t> byte() noexcept;
  /// Reads a number in LEB128 of at most five bytes.
  [[nodiscard]] std::optional<std::uint32_t> u32() noexcept;
  [[nodiscard]] std::optional<std::string_view> take(std::size_t count) noexcept;
  /// Reads a vector of bytes: its length, then its content.
  [[nodiscard]] std::optional<std::string_view> sized() noexcept;
  /// Returns the remaining bytes.
  [[nodiscard]] std::string_view rest() noexcept;

 private:
  std::string_view bytes_;
  std::size_t position_ = 0;
};

}  // namespace faasta::component
