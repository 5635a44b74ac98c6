#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

class Connections;

/// The component of a function's active version.
struct LiveComponent {
  FunctionId function{};
  Sha256 sha256;
  std::uint64_t bytes = 0;  ///< the size of the component

  bool operator==(const LiveComponent&) const = default;
};

/// Returns the components of all functions that can be called now, in no particular order. Several functions may have
/// the same component.
[[nodiscard]] Result<std::vector<LiveComponent>> live_components(Connections& connections);

}  // namespace faasta::store
