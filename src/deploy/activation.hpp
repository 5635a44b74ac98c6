#pragma once

#include <functional>
#include <optional>

#include "base/error.hpp"
#include "deploy/capabilities.hpp"
#include "store/catalog.hpp"

namespace faasta::deploy {

/// The active version of a function. Empty if the function does not exist.
using Live = std::optional<store::FunctionRecord>;

/// Returns the capabilities of the active version, if there is an active version.
[[nodiscard]] std::optional<Capabilities> capabilities_of(const Live& live);

struct Activation {
  store::Activated done;
  /// How the capabilities changed from the replaced version. Empty if no version was replaced.
  std::optional<CapabilityChange> change;
};

/// Makes `version` the active version, if the capability lock (capabilities.hpp) allows this. This function checks the
/// capability lock, because another version may have become active during the compile. `find_live` reads the active
/// version. `take_its_place` is the transaction that replaces the active version. The transaction fails with conflict
/// if NewVersion::replaces is not active any more; then the check starts again. Blocks.
[[nodiscard]] Result<Activation> activate(
    store::NewVersion version, bool allow_new, const std::function<Result<Live>()>& find_live,
    const std::function<Result<store::Activated>(const store::NewVersion&)>& take_its_place);

}  // namespace faasta::deploy
