#pragma once
// The capability lock: what a new version asks for beyond the one that is live.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace faasta::api {

/// What a version may do outside its sandbox.
struct Capabilities {
  std::vector<std::string> imports;   ///< interfaces, without their versions
  std::vector<std::string> outbound;  ///< origins

  [[nodiscard]] bool empty() const noexcept { return imports.empty() && outbound.empty(); }
  /// In a sentence.
  [[nodiscard]] std::string text() const;
};

struct CapabilityChange {
  Capabilities added;
  Capabilities removed;
};

/// An interface of another version is the same capability: `wasi:http/types@0.2.0` and `@0.2.3`.
[[nodiscard]] CapabilityChange compare(const Capabilities& before, const Capabilities& after);
/// Fails with new_capabilities if there are some that were not meant.
[[nodiscard]] Result<> check_capabilities(const Capabilities& before, const Capabilities& after, bool allow_new);
[[nodiscard]] json::object to_json(const CapabilityChange& change);

}  // namespace faasta::api
