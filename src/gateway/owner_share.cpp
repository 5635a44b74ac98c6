#include "gateway/owner_share.hpp"

namespace faasta::gateway {

OwnerShare::OwnerShare(const store::Quota& quota, std::uint32_t most_waiting)
    : requests_{static_cast<double>(quota.requests_per_second), std::chrono::seconds(1)},
      bucket_(requests_, std::chrono::steady_clock::now()) {
  if (quota.concurrent_calls > 0) calls_ = std::make_shared<Turnstile>(quota.concurrent_calls, most_waiting);
}

std::optional<std::chrono::seconds> OwnerShare::take_request(const http::Client& client) {
  if (requests_.burst == 0) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  const SteadyTime now = std::chrono::steady_clock::now();
  if (const double left = bucket_.left(requests_, now); left < requests_.burst / 4 && left >= 1 && !client.is_proxy) {
    if (!clients_) clients_ = std::make_unique<ClientShares>();
    if (!clients_->take(client.network, requests_, now)) return std::chrono::seconds(1);
  }
  return bucket_.take(requests_, now);
}

bool OwnerShare::is_full() {
  if (requests_.burst == 0) return true;
  const std::scoped_lock lock(mutex_);
  const bool full = bucket_.is_full(requests_, std::chrono::steady_clock::now());
  if (full) clients_.reset();
  return full;
}

std::pair<std::shared_ptr<OwnerShare>, std::uint64_t> OwnerShares::known(OwnerId owner) {
  const std::scoped_lock lock(mutex_);
  const auto found = shares_.find(owner);
  return {found == shares_.end() ? nullptr : found->second, changes_};
}

Result<std::shared_ptr<OwnerShare>> OwnerShares::of(OwnerId owner) {
  auto [share, changes] = known(owner);
  if (share) return share;
  const auto quota = quota_of_(owner);  // called without the mutex, because quota_of_ reads the catalog
  if (!quota) return std::unexpected(quota.error());
  auto made = std::make_shared<OwnerShare>(*quota, most_waiting_);
  const std::scoped_lock lock(mutex_);
  if (changes != changes_) return made;
  return shares_.try_emplace(owner, std::move(made)).first->second;  // another thread may have added it already
}

void OwnerShares::drop_idle() {
  const std::scoped_lock lock(mutex_);
  std::erase_if(shares_, [](const auto& item) { return item.second->is_full() && item.second.use_count() == 1; });
}

void OwnerShares::forget() {
  const std::scoped_lock lock(mutex_);
  ++changes_;
  shares_.clear();
}

}  // namespace faasta::gateway
