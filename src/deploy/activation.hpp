#pragma once

#include <functional>
#include <optional>

#include "base/error.hpp"
#include "deploy/capabilities.hpp"
#include "store/catalog.hpp"

namespace faasta::deploy {

/// The active version of a function; nothing if there is no such function.
using Live = std::optional<store::FunctionRecord>;

/// The capabilities of the active version, if there is one.
[[nodiscard]] std::optional<Capabilities> capabilities_of(const Live& live);

struct Activation {
  store::Activated done;
  /// The change from the version that was replaced; nothing if there was none.
  std::optional<CapabilityChange> change;
};

/// Makes `version` the active version, if the capability lock allows it to replace the active version. This lock is
/// checked here, because another version may have become active during the compile. `find_live` reads the active
/// version. `take_its_place` is the transaction. It fails with conflict if NewVersion::replaces is not active any more;
/// then the check starts again. Blocks.
[[nodiscard]] Result<Activation> activate(
    store::NewVersion version, bool allow_new, const std::function<Result<Live>()>& find_live,
    const std::function<Result<store::Activated>(const store::NewVersion&)>& take_its_place);

}  // namespace faasta::deploy
