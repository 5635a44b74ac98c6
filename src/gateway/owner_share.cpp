#include "gateway/owner_share.hpp"

namespace faasta::gateway {

Result<std::shared_ptr<OwnerShare>> OwnerShares::of(OwnerId owner) {
  const std::scoped_lock lock(mutex_);
  std::weak_ptr<OwnerShare>& known = shares_[owner];
  if (auto share = known.lock()) return share;
  const auto quota = quota_of_(owner);
  if (!quota) return std::unexpected(quota.error());
  auto share = std::make_shared<OwnerShare>();
  if (quota->concurrent_calls > 0) share->calls = std::make_shared<Turnstile>(quota->concurrent_calls, most_waiting_);
  if (quota->requests_per_second > 0)
    share->requests = std::make_unique<RateLimiter>(quota->requests_per_second, std::chrono::seconds(1), 1);
  known = share;
  return share;
}

void OwnerShares::drop_idle() {
  const std::scoped_lock lock(mutex_);
  std::erase_if(shares_, [](const auto& item) { return item.second.expired(); });
}

void OwnerShares::forget() {
  const std::scoped_lock lock(mutex_);
  shares_.clear();
}

}  // namespace faasta::gateway
