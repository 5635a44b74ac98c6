#pragma once

#include <cstddef>
#include <mutex>
#include <unordered_set>

#include "base/sha256.hpp"

namespace faasta::api {

/// Stores the digests of tokens that the catalog has accepted before. After an address has sent too many wrong tokens,
/// only tokens with these digests are looked up in the catalog. The catalog still refuses a token that was revoked
/// later. Any thread may use it.
class RightTokens {
 public:
  void add(const Sha256& digest) {
    const std::scoped_lock lock(mutex_);
    if (digests_.size() >= kMost) digests_.clear();  // a valid token is added again at its next request
    digests_.insert(digest);
  }
  [[nodiscard]] bool contains(const Sha256& digest) {
    const std::scoped_lock lock(mutex_);
    return digests_.contains(digest);
  }

 private:
  static constexpr std::size_t kMost = 10'000;
  std::mutex mutex_;
  std::unordered_set<Sha256, Sha256Hash> digests_;
};

}  // namespace faasta::api
