#pragma once
// The capability lock refuses a version that needs more capabilities than the active version. The client can allow new
// capabilities.

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta::deploy {

/// The things that a version may do outside its sandbox.
struct Capabilities {
  std::vector<std::string> imports;   ///< interfaces that the version imports, with or without the interface's version
  std::vector<std::string> outbound;  ///< origins to which the version may send requests

  [[nodiscard]] bool empty() const noexcept { return imports.empty() && outbound.empty(); }
  /// Returns the capabilities as part of a sentence: "it imports wasi:cli/exit, and sends requests to
  /// https://example.com".
  [[nodiscard]] std::string text() const;
};

struct CapabilityChange {
  Capabilities added;
  Capabilities removed;

  [[nodiscard]] bool empty() const noexcept { return added.empty() && removed.empty(); }
};

/// Returns how the capabilities change when a version with the capabilities `after` replaces a version with the
/// capabilities `before`. Two versions of an interface count as one capability: `wasi:http/types@0.2.0` and `@0.2.3`.
[[nodiscard]] CapabilityChange compare(const Capabilities& before, const Capabilities& after);

/// Checks the capability lock. Returns how the capabilities change from those of the active version to `asked`.
/// `active` is empty for the first version of a function. Fails with new_capabilities if the change adds a capability
/// and `allow_new` is false. For the first version of a function, no capability counts as added.
[[nodiscard]] Result<CapabilityChange> lock_capabilities(const std::optional<Capabilities>& active,
                                                         const Capabilities& asked, bool allow_new);

[[nodiscard]] json::object to_json(const CapabilityChange& change);

}  // namespace faasta::deploy
