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

/// What the functions of one owner may have of the server together. Any thread.
class OwnerShare {
 public:
  OwnerShare(const store::Quota& quota, std::uint32_t most_waiting);

  /// Counts a request. Nothing: go on. Otherwise how long to wait.
  [[nodiscard]] std::optional<std::chrono::seconds> take_request();
  /// Whether a new share would allow no more requests than this one.
  [[nodiscard]] bool is_full();
  /// Null: nothing limits the calls at once.
  [[nodiscard]] const std::shared_ptr<Turnstile>& calls() const noexcept { return calls_; }

 private:
  std::shared_ptr<Turnstile> calls_;
  const Rate requests_;  // a burst of 0: any number
  std::mutex mutex_;
  TokenBucket bucket_;
};

/// The shares of the owners whose functions are in use, or were a moment ago. Any thread.
class OwnerShares {
 public:
  using QuotaOf = std::function<Result<store::Quota>(OwnerId)>;
  OwnerShares(QuotaOf quota_of, std::uint32_t most_waiting)
      : quota_of_(std::move(quota_of)), most_waiting_(most_waiting) {}

  [[nodiscard]] Result<std::shared_ptr<OwnerShare>> of(OwnerId owner);
  void drop_idle();
  /// After quotas were changed: those that are asked for next have the new figures. Calls that run count for the old.
  void forget();

 private:
  /// The share if there is one, and how many times all were forgotten so far.
  std::pair<std::shared_ptr<OwnerShare>, std::uint64_t> known(OwnerId owner);

  QuotaOf quota_of_;
  std::uint32_t most_waiting_;
  std::mutex mutex_;
  // Kept until they are full: a deploy drops the routes that use one, and must not make what was taken of it undone.
  std::unordered_map<OwnerId, std::shared_ptr<OwnerShare>> shares_;
  std::uint64_t changes_ = 0;  // so that a quota that was read before a change is not kept
};

}  // namespace faasta::gateway
