#pragma once

#include <memory>

#include "gateway/admission.hpp"
#include "gateway/owner_share.hpp"
#include "metrics/call_metrics.hpp"
#include "store/catalog.hpp"

namespace faasta::gateway {

/// Everything needed to serve a function. Kept while the function is being called.
struct Target {
  store::Deployed deployed;
  std::shared_ptr<metrics::CallMetrics> metrics;
  std::shared_ptr<Turnstile> turnstile;
  std::shared_ptr<OwnerShare> share;
};

}  // namespace faasta::gateway
