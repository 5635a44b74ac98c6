#pragma once
// The capability lock refuses a version that needs more capabilities than the active version, unless the client allows
// this.

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta::deploy {

/// What a version may do outside its sandbox.
struct Capabilities {
  std::vector<std::string> imports;   ///< interfaces that it imports, with or without their versions
  std::vector<std::string> outbound;  ///< origins that its outgoing requests may go to

  [[nodiscard]] bool empty() const noexcept { return imports.empty() && outbound.empty(); }
  /// The capabilities as part of a sentence: "it imports wasi:cli/exit, and sends requests to https://example.com".
  [[nodiscard]] std::string text() const;
};

struct CapabilityChange {
  Capabilities added;
  Capabilities removed;

  [[nodiscard]] bool empty() const noexcept { return added.empty() && removed.empty(); }
};

/// The change when a version with the capabilities `after` replaces one with `before`. Two versions of an interface are
/// the same capability: `wasi:http/types@0.2.0` and `@0.2.3`.
[[nodiscard]] CapabilityChange compare(const Capabilities& before, const Capabilities& after);

/// The lock: computes the change from the active version, if there is one, to a version with the capabilities `asked`.
/// Fails with new_capabilities if the change adds a capability and `allow_new` is false. For the first version of a
/// function, no capability counts as added.
[[nodiscard]] Result<CapabilityChange> lock_capabilities(const std::optional<Capabilities>& active,
                                                         const Capabilities& asked, bool allow_new);

[[nodiscard]] json::object to_json(const CapabilityChange& change);

}  // namespace faasta::deploy
