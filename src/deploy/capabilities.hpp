#pragma once
// The capability lock: a version that asks for more than the one that is active is refused, unless that is meant.

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
  /// In a sentence: "it imports wasi:cli/exit, and sends requests to https://example.com".
  [[nodiscard]] std::string text() const;
};

struct CapabilityChange {
  Capabilities added;
  Capabilities removed;

  [[nodiscard]] bool empty() const noexcept { return added.empty() && removed.empty(); }
};

/// What changes when a version that asks for `after` takes the place of one that asks for `before`. An interface of
/// another version is the same capability: `wasi:http/types@0.2.0` and `@0.2.3`.
[[nodiscard]] CapabilityChange compare(const Capabilities& before, const Capabilities& after);

/// The lock itself: the change from the active version, if there is one, to a version that asks for `asked`. Fails with
/// new_capabilities if something is added and `allow_new` is false. The first version of a function adds nothing.
[[nodiscard]] Result<CapabilityChange> lock_capabilities(const std::optional<Capabilities>& active,
                                                         const Capabilities& asked, bool allow_new);

[[nodiscard]] json::object to_json(const CapabilityChange& change);

}  // namespace faasta::deploy
