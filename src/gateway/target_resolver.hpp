#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/limits.hpp"
#include "gateway/known_names.hpp"
#include "gateway/owner_share.hpp"
#include "gateway/target.hpp"
#include "gateway/turnstiles.hpp"
#include "metrics/registry.hpp"
#include "metrics/rollout_counts.hpp"
#include "secrets/vault.hpp"
#include "store/catalog.hpp"

namespace faasta::gateway {

/// Opens the secrets that the settings of a function name. See secrets::Vault::open().
using OpenSecrets =
    std::function<Result<secrets::Opened>(OwnerId owner, std::string_view function, const FunctionSettings& settings)>;

/// Makes the Target of a function that was not called recently. Any thread may use it.
class TargetResolver {
 public:
  struct Parts {
    store::Catalog& catalog;
    metrics::Registry& metrics;
    Turnstiles& turnstiles;
    OwnerShares& shares;
    KnownNames& names;
    metrics::RolloutCounts& rollouts;
    const OpenSecrets& open_secrets;
  };

  /// `ceilings`: no function may have higher limits, even if its version asks for them.
  TargetResolver(const Parts& parts, const CallLimits& ceilings) : parts_(parts), ceilings_(ceilings) {}

  /// `label`: of a version; empty: the live version. Null if the function or the version does not exist.
  [[nodiscard]] Result<std::shared_ptr<const Target>> resolve(std::string_view name, std::string_view label);
  /// How often the catalog was asked.
  [[nodiscard]] std::uint64_t look_ups() const noexcept { return look_ups_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] Result<Target> target_of(std::string_view name, store::Deployed found);
  /// Adds the candidate of a rollout to the target of the live version.
  [[nodiscard]] Result<> add_candidate(Target& live, std::string_view name, const store::RolloutShare& share);

  Parts parts_;
  CallLimits ceilings_;
  std::atomic<std::uint64_t> look_ups_{0};
};

/// Returns `settings`, with each limit lowered to the limit in `ceilings` if it is higher.
[[nodiscard]] FunctionSettings capped(FunctionSettings settings, const CallLimits& ceilings);

}  // namespace faasta::gateway
