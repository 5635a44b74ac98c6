#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "secrets/vault.hpp"

namespace faasta::gateway {

/// Hides the values of a function's secrets in texts for its log. It looks for each line of a value by itself, because
/// the log consists of lines. Lines with fewer than 8 bytes are not hidden: they occur in other texts too.
class SecretMask {
 public:
  SecretMask() = default;
  /// The values must live longer than this object.
  explicit SecretMask(const std::vector<secrets::Opened::Secret>& secrets);

  [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }
  /// Returns `text`, but "***NAME***" stands in place of each value of the secret NAME.
  [[nodiscard]] std::string masked(std::string_view text) const;

 private:
  struct Line {
    std::string_view text;
    std::string_view name;
  };
  std::vector<Line> lines_;  // the longest first, so that a value that contains another value is hidden as a whole
};

}  // namespace faasta::gateway
