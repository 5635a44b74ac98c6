#pragma once

#include <atomic>
#include <memory>

#include "gateway/admission.hpp"
#include "gateway/owner_share.hpp"
#include "metrics/call_metrics.hpp"
#include "store/catalog.hpp"

namespace faasta::gateway {

/// All data and objects that are needed to serve a function. The routes keep this object while the function is called
/// often enough.
struct Target {
  store::Deployed deployed;
  std::shared_ptr<metrics::CallMetrics> metrics;
  std::shared_ptr<Turnstile> turnstile;
  std::shared_ptr<OwnerShare> share;
  /// Whether a call of this target has crashed (CrashBudget).
  std::shared_ptr<std::atomic<bool>> has_crashed = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace faasta::gateway
