#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/ids.hpp"
#include "base/rate_limiter.hpp"
#include "gateway/admission.hpp"
#include "store/quota.hpp"

namespace faasta::gateway {

/// What the functions of one owner may have of the server together; null: nothing limits it.
struct OwnerShare {
  std::shared_ptr<Turnstile> calls;
  std::unique_ptr<RateLimiter> requests;
};

/// The shares of the owners whose functions are in use. Any thread.
class OwnerShares {
 public:
  using QuotaOf = std::function<Result<store::Quota>(OwnerId)>;
  explicit OwnerShares(QuotaOf quota_of, std::uint32_t most_waiting)
      : quota_of_(std::move(quota_of)), most_waiting_(most_waiting) {}

  [[nodiscard]] Result<std::shared_ptr<OwnerShare>> of(OwnerId owner);
  void drop_idle();
  /// After quotas were changed: those that are asked for next have the new figures. Calls that run count for the old.
  void forget();

 private:
  QuotaOf quota_of_;
  std::uint32_t most_waiting_;
  std::mutex mutex_;
  std::unordered_map<OwnerId, std::weak_ptr<OwnerShare>> shares_;
};

}  // namespace faasta::gateway
