#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace faasta {

/// Which function names are reserved for the server.
enum class ReservedNames : std::uint8_t {
  needed,           ///< names that the server's own routes need, such as `api`; enough for a server with a single owner
  among_strangers,  ///< also names that callers could confuse with names of the server itself, and names that look
                    ///< similar
};

/// The name of a function: a DNS label of 3 to 40 characters, `^[a-z][a-z0-9-]{1,38}[a-z0-9]$` without "--". Two
/// hyphens are reserved for the addresses of versions, `<name>--v<N>`.
class FunctionName {
 public:
  /// Fails with invalid_name; the detail names the broken rule.
  [[nodiscard]] static Result<FunctionName> parse(std::string_view text);
  /// Fails with reserved_name if the name is reserved for the server. Use this check for new functions only. So an
  /// existing function keeps its name when the list of reserved names becomes longer.
  [[nodiscard]] Result<> check_not_reserved(ReservedNames reserved) const;

  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  auto operator<=>(const FunctionName&) const = default;

 private:
  explicit FunctionName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace faasta
