#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "gateway/admission.hpp"
#include "gateway/function_environment.hpp"
#include "gateway/owner_share.hpp"
#include "metrics/call_metrics.hpp"
#include "metrics/rollout_counts.hpp"
#include "store/catalog.hpp"

namespace faasta::gateway {

/// All data and objects that are needed to serve a function. The routes keep this object while the function is called
/// often enough.
struct Target {
  /// The version that gets a share of the calls while a rollout goes on.
  struct Candidate {
    std::shared_ptr<const Target> target;
    std::uint32_t per_mille = 0;
    Sticky sticky;
  };

  store::Deployed deployed;
  std::shared_ptr<metrics::CallMetrics> metrics;
  std::shared_ptr<Turnstile> turnstile;
  std::shared_ptr<OwnerShare> share;
  /// Why the secrets of the function could not be opened: then its calls fail.
  std::optional<Error> unusable_secrets;
  std::shared_ptr<const FunctionEnvironment> environment;
  std::optional<Candidate> candidate{};  ///< only of the live version
  std::shared_ptr<metrics::VersionCounter>
      counter{};  ///< counts the calls of this version during a rollout; null: there is none
  SteadyTime look_up_again = SteadyTime::max();  ///< until then the routes keep the target
  /// Whether a call of this target has crashed (CrashBudget).
  std::shared_ptr<std::atomic<bool>> has_crashed = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace faasta::gateway
