#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/token_bucket.hpp"
#include "http/client_network.hpp"

namespace faasta::gateway {

/// Divides the last part of an owner's rate among the client networks that send requests. Each network has a bucket of
/// its own with an equal part of the rate. So a network that floods a function cannot use up what the others need. Only
/// one thread may use it at a time.
class ClientShares {
 public:
  /// The buckets that are kept. Further networks share one bucket.
  static constexpr std::size_t kMost = 256;

  /// Takes a request from the part of `network`. False if this part is used up. `rate`: the rate of the owner.
  [[nodiscard]] bool take(const http::ClientNetwork& network, const Rate& rate, SteadyTime now);
  [[nodiscard]] std::size_t networks() const noexcept { return shares_.size(); }

 private:
  struct Share {
    TokenBucket bucket;
    std::uint64_t used_in;  ///< the period of the last request
  };
  /// Drops the networks that have sent no request for a while.
  void begin_period(SteadyTime now);

  std::unordered_map<http::ClientNetwork, Share> shares_;
  std::uint64_t period_ = 0;
  std::size_t before_ = 0;  ///< the networks at the begin of the period
};

}  // namespace faasta::gateway
