#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/limits.hpp"
#include "gateway/owner_share.hpp"
#include "gateway/target.hpp"
#include "gateway/turnstiles.hpp"
#include "metrics/registry.hpp"
#include "store/catalog.hpp"

namespace faasta::gateway {

/// Collects everything needed to serve a function that was not called recently. Any thread may use it.
class TargetResolver {
 public:
  struct Parts {
    store::Catalog& catalog;
    metrics::Registry& metrics;
    Turnstiles& turnstiles;
    OwnerShares& shares;
  };

  /// `ceilings`: the highest limits of a function, even if its version asks for more.
  TargetResolver(const Parts& parts, const CallLimits& ceilings) : parts_(parts), ceilings_(ceilings) {}

  /// Null if there is no such function or version.
  [[nodiscard]] Result<std::shared_ptr<const Target>> resolve(std::string_view name,
                                                              std::optional<std::uint32_t> version);

 private:
  Parts parts_;
  CallLimits ceilings_;
};

/// `settings` with its limits lowered to `ceilings`.
[[nodiscard]] FunctionSettings capped(FunctionSettings settings, const CallLimits& ceilings);

}  // namespace faasta::gateway
