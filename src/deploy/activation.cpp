#include "deploy/activation.hpp"

#include <utility>

#include "base/propagate.hpp"

namespace faasta::deploy {

std::optional<Capabilities> capabilities_of(const Live& live) {
  if (!live) return std::nullopt;
  return Capabilities{live->imports, live->settings.outbound};
}

Result<Activation> activate(store::NewVersion version, bool allow_new, const std::function<Result<Live>()>& find_live,
                            const std::function<Result<store::Activated>(const store::NewVersion&)>& take_its_place) {
  const Capabilities asked{version.imports, version.settings.outbound};
  for (;;) {
    ASSIGN_OR_RETURN(const Live live, find_live());
    ASSIGN_OR_RETURN(auto change, lock_capabilities(capabilities_of(live), asked, allow_new));
    version.replaces = live ? live->version : 0;
    auto done = take_its_place(version);
    if (!done && done.error().code == Code::conflict) continue;
    if (!done) return std::unexpected(std::move(done.error()));
    return Activation{std::move(*done), live ? std::optional(std::move(change)) : std::nullopt};
  }
}

}  // namespace faasta::deploy
