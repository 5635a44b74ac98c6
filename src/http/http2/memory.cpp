#include "http/http2/memory.hpp"

#include <algorithm>

#include "http/http2/limits.hpp"

namespace faasta::http::http2 {

std::shared_ptr<MemoryByNetwork::Bytes> MemoryByNetwork::of(const ClientNetwork& network) {
  const std::scoped_lock lock(mutex_);
  std::weak_ptr<Bytes>& entry = networks_[network];
  if (auto known = entry.lock()) return known;
  auto bytes = std::make_shared<Bytes>(0);
  entry = bytes;
  if (networks_.size() >= prune_at_) {
    std::erase_if(networks_, [](const auto& one) { return one.second.expired(); });
    prune_at_ = std::max<std::size_t>(64, 2 * networks_.size());
  }
  return bytes;
}

std::size_t MemoryByNetwork::known() {
  const std::scoped_lock lock(mutex_);
  return networks_.size();
}

bool Memory::is_over_share() const noexcept {
  return bytes_ > kShare && network_ && network_->load(std::memory_order_relaxed) >= kNetworkMemory;
}

std::size_t Memory::room() const noexcept { return is_over_share() ? 0 : kMemory - std::min(kMemory, bytes_); }

}  // namespace faasta::http::http2
