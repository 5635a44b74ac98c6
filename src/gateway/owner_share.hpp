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
#include "gateway/client_shares.hpp"
#include "http/client.hpp"
#include "store/quota.hpp"

namespace faasta::gateway {

/// Limits the use of all functions of one owner together: requests per second and calls at a time. Any thread may use
/// it.
class OwnerShare {
 public:
  OwnerShare(const store::Quota& quota, std::uint32_t most_waiting);

  /// Counts a request of this client. Returns nothing if the request is allowed. Otherwise returns the time until the
  /// next request is allowed. The last quarter of the bucket is divided among the client networks (ClientShares).
  [[nodiscard]] std::optional<std::chrono::seconds> take_request(const http::Client& client);
  /// Whether this share's bucket is full, as in a new share. Then nothing is kept about clients.
  [[nodiscard]] bool is_full();
  /// Returns the turnstile that limits how many calls of the owner run at a time. Null if there is no limit.
  [[nodiscard]] const std::shared_ptr<Turnstile>& calls() const noexcept { return calls_; }

 private:
  std::shared_ptr<Turnstile> calls_;
  const Rate requests_;  // a burst of 0: no limit
  std::mutex mutex_;
  TokenBucket bucket_;
  std::unique_ptr<ClientShares> clients_;  ///< null until the bucket has less than a quarter
};

/// The shares of the owners whose functions are in use, or were in use recently. Any thread may use it.
class OwnerShares {
 public:
  using QuotaOf = std::function<Result<store::Quota>(OwnerId)>;
  OwnerShares(QuotaOf quota_of, std::uint32_t most_waiting)
      : quota_of_(std::move(quota_of)), most_waiting_(most_waiting) {}

  [[nodiscard]] Result<std::shared_ptr<OwnerShare>> of(OwnerId owner);
  void drop_idle();
  /// Call this after quotas were changed. Shares that are made later have the new quotas. Running calls still count in
  /// the old shares.
  void forget();

 private:
  /// Returns the owner's share, or null if there is none, and how many times forget() was called.
  std::pair<std::shared_ptr<OwnerShare>, std::uint64_t> known(OwnerId owner);

  QuotaOf quota_of_;
  std::uint32_t most_waiting_;
  std::mutex mutex_;
  // A share is kept until its token bucket is full again. A deploy drops the routes that use the share, and the owner
  // must not get a new, full bucket by a deploy.
  std::unordered_map<OwnerId, std::shared_ptr<OwnerShare>> shares_;
  std::uint64_t changes_ = 0;  // counts forget(), so that a quota read before a change is not kept
};

}  // namespace faasta::gateway
