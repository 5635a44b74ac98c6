#pragma once

#include <functional>
#include <optional>

#include "base/error.hpp"
#include "deploy/capabilities.hpp"
#include "store/catalog.hpp"

namespace faasta::deploy {

/// The active version of a function; nothing if there is no such function.
using Live = std::optional<store::FunctionRecord>;

/// What the active version may do, if there is one.
[[nodiscard]] std::optional<Capabilities> capabilities_of(const Live& live);

struct Activation {
  store::Activated done;
  /// Against the version whose place was taken; nothing if there was none.
  std::optional<CapabilityChange> change;
};

/// Makes `version` the active one if the capability lock lets it take the place of the version that is active by then:
/// while this one was compiled, another may have become active. `find_live` asks the catalog which it is, and
/// `take_its_place` is the transaction, which fails with conflict if NewVersion::replaces is not active any more. Then
/// all is asked again. Blocks.
[[nodiscard]] Result<Activation> activate(
    store::NewVersion version, bool allow_new, const std::function<Result<Live>()>& find_live,
    const std::function<Result<store::Activated>(const store::NewVersion&)>& take_its_place);

}  // namespace faasta::deploy
