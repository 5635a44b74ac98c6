#include "gateway/client_shares.hpp"

#include <algorithm>
#include <chrono>

namespace faasta::gateway {

void ClientShares::begin_period(SteadyTime now) {
  const auto period =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  if (period == period_) return;
  std::erase_if(shares_, [period](const auto& one) { return one.second.used_in + 1 < period; });
  period_ = period;
  before_ = shares_.size();
}

bool ClientShares::take(const http::ClientNetwork& network, const Rate& rate, SteadyTime now) {
  begin_period(now);
  // One part more than there are networks: it is for the next one.
  const auto parts = static_cast<double>(std::max(before_, shares_.size()) + 1);
  // All bursts together are less than the quarter of the owner's bucket for which this object is asked.
  const double burst = std::max(1.0, rate.burst / parts / 4);
  const std::chrono::duration<double, std::milli> period = rate.period * (burst * parts / rate.burst);
  const Rate part{burst, std::max(std::chrono::milliseconds(1), std::chrono::ceil<std::chrono::milliseconds>(period))};
  const bool is_new = !shares_.contains(network);
  const http::ClientNetwork& key = is_new && shares_.size() >= kMost ? http::ClientNetwork() : network;
  Share& share = shares_.try_emplace(key, Share{TokenBucket(part, now), period_}).first->second;
  share.used_in = period_;
  return !share.bucket.take(part, now);
}

}  // namespace faasta::gateway
