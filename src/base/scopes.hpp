#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta {

// The limits for new tokens. Server and CLI use the same check.
inline constexpr std::size_t kMostScopes = 32;
inline constexpr std::size_t kLongestTokenName = 100;  ///< in bytes
inline constexpr std::chrono::days kLongestTokenLife{366};

/// What a token allows:
///   read            look at the owner's functions, logs and metrics
///   deploy          also deploy and roll back any function of the owner
///   deploy:NAME     look at, deploy and roll back that one function
///   admin           all that the owner may do: also delete functions, make and revoke tokens
class Scopes {
 public:
  /// Reads words with spaces between them. Fails with bad_request; the detail names the wrong word.
  [[nodiscard]] static Result<Scopes> parse(std::string_view text);
  [[nodiscard]] static Scopes admin_scope();

  [[nodiscard]] bool admin() const noexcept { return admin_; }
  [[nodiscard]] bool read_all() const noexcept { return admin_ || read_ || deploy_all_; }
  [[nodiscard]] bool may_read(std::string_view function) const;
  [[nodiscard]] bool may_deploy(std::string_view function) const;
  /// Whether these scopes allow all actions that `other` allows.
  [[nodiscard]] bool cover(const Scopes& other) const;
  /// Returns the scopes as text, in a fixed order and without duplicates.
  [[nodiscard]] std::string text() const;

 private:
  bool admin_ = false;
  bool read_ = false;
  bool deploy_all_ = false;
  std::vector<std::string> deploy_;  // sorted names
};

/// Splits the stored text of scopes into words.
[[nodiscard]] std::vector<std::string> scope_words(std::string_view text);

}  // namespace faasta
