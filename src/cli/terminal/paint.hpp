#pragma once

#include <string>
#include <string_view>

namespace faasta::cli {

/// Colours text. If `coloured` is false, returns the text unchanged.
class Paint {
 public:
  explicit Paint(bool coloured) noexcept : coloured_(coloured) {}

  [[nodiscard]] std::string error(std::string_view text) const { return wrap("1;31", text); }
  [[nodiscard]] std::string good(std::string_view text) const { return wrap("32", text); }
  [[nodiscard]] std::string warning(std::string_view text) const { return wrap("33", text); }
  [[nodiscard]] std::string strong(std::string_view text) const { return wrap("1", text); }
  [[nodiscard]] std::string faint(std::string_view text) const { return wrap("2", text); }

 private:
  [[nodiscard]] std::string wrap(std::string_view style, std::string_view text) const {
    if (!coloured_) return std::string(text);
    return "\x1b[" + std::string(style) + "m" + std::string(text) + "\x1b[0m";
  }
  bool coloured_;
};

}  // namespace faasta::cli
