#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta {

/// Which names the platform keeps for itself.
enum class ReservedNames : std::uint8_t {
  needed,           ///< that the server's own routes need: `api`. On a server with a single owner, who deceives nobody
  among_strangers,  ///< also those that people take for the platform speaking, and what looks like one of them
};

/// The name of a function: a DNS label of 3 to 40 characters, `^[a-z][a-z0-9-]{1,38}[a-z0-9]$` without "--".
/// Two hyphens are kept for version addresses, `<name>--v<N>`.
class FunctionName {
 public:
  /// Fails with invalid_name, and says which rule is broken.
  [[nodiscard]] static Result<FunctionName> parse(std::string_view text);
  /// Fails with reserved_name if the platform keeps the name for itself. For new functions: one that is there already
  /// keeps its name when the list grows.
  [[nodiscard]] Result<> check_not_reserved(ReservedNames reserved) const;

  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  auto operator<=>(const FunctionName&) const = default;

 private:
  explicit FunctionName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace faasta
