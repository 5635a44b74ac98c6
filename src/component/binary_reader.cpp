#include "component/binary_reader.hpp"

namespace faasta::component {

std::optional<std::uint8_t> BinaryReader::byte() noexcept {
  if (at_end()) return std::nullopt;
  return static_cast<std::uint8_t>(bytes_[position_++]);
}

std::optional<std::uint32_t> BinaryReader::u32() noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    const auto next = byte();
    if (!next) return std::nullopt;
    value |= std::uint64_t{*next & 0x7fU} << shift;
    if ((*next & 0x80U) != 0) continue;
    if (value > 0xffff'ffffU) return std::nullopt;
    return static_cast<std::uint32_t>(value);
  }
  return std::nullopt;
}

std::optional<std::string_view> BinaryReader::take(std::size_t count) noexcept {
  if (count > bytes_.size() - position_) return std::nullopt;
  const std::string_view out = bytes_.substr(position_, count);
  position_ += count;
  return out;
}

std::optional<std::string_view> BinaryReader::sized() noexcept {
  const auto count = u32();
  if (!count) return std::nullopt;
  return take(*count);
}

std::string_view BinaryReader::rest() noexcept {
  const std::string_view out = bytes_.substr(position_);
  position_ = bytes_.size();
  return out;
}

}  // namespace faasta::component
