#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/ids.hpp"
#include "base/token_bucket.hpp"
#include "gateway/admission.hpp"
#include "store/quota.hpp"

namespace faasta::gateway {

/// What all functions of one owner together may use of the server. Any thread may use it.
class OwnerShare {
 public:
  OwnerShare(const store::Quota& quota, std::uint32_t most_waiting);

  /// Counts a request. Nothing if the request is allowed; otherwise the time until the next request is allowed.
  [[nodiscard]] std::optional<std::chrono::seconds> take_request();
  /// Whether a new share would allow as many requests as this one.
  [[nodiscard]] bool is_full();
  /// Limits how many calls of the owner run at a time; null: no limit.
  [[nodiscard]] const std::shared_ptr<Turnstile>& calls() const noexcept { return calls_; }

 private:
  std::shared_ptr<Turnstile> calls_;
  const Rate requests_;  // a burst of 0: no limit
  std::mutex mutex_;
  TokenBucket bucket_;
};

/// The shares of the owners whose functions are in use, or were in use recently. Any thread may use it.
class OwnerShares {
 public:
  using QuotaOf = std::function<Result<store::Quota>(OwnerId)>;
  OwnerShares(QuotaOf quota_of, std::uint32_t most_waiting)
      : quota_of_(std::move(quota_of)), most_waiting_(most_waiting) {}

  [[nodiscard]] Result<std::shared_ptr<OwnerShare>> of(OwnerId owner);
  void drop_idle();
  /// Call it after quotas were changed. Shares that are made later have the new quotas. Running calls still count for
  /// the old shares.
  void forget();

 private:
  /// The share, if there is one, and how many times forget() was called.
  std::pair<std::shared_ptr<OwnerShare>, std::uint64_t> known(OwnerId owner);

  QuotaOf quota_of_;
  std::uint32_t most_waiting_;
  std::mutex mutex_;
  // A share is kept until it is full again. A deploy drops the routes that use the share, and that must not give the
  // owner a new bucket.
  std::unordered_map<OwnerId, std::shared_ptr<OwnerShare>> shares_;
  std::uint64_t changes_ = 0;  // counts forget(), so that a quota read before a change is not kept
};

}  // namespace faasta::gateway
