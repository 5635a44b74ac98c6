#include "gateway/turnstiles.hpp"

namespace faasta::gateway {
namespace {

/// Twice the number of cached routes; each route holds a turnstile. If there are more turnstiles than this, of()
/// removes the turnstiles that no route and no call uses.
constexpr std::size_t kMany = 20'000;

void erase_expired(std::unordered_map<FunctionId, std::weak_ptr<Turnstile>>& turnstiles) {
  std::erase_if(turnstiles, [](const auto& item) { return item.second.expired(); });
}

}  // namespace

std::shared_ptr<Turnstile> Turnstiles::of(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  if (turnstiles_.size() > kMany) erase_expired(turnstiles_);
  std::weak_ptr<Turnstile>& known = turnstiles_[function];
  auto turnstile = known.lock();
  if (!turnstile) known = turnstile = std::make_shared<Turnstile>(most_, most_waiting_);
  return turnstile;
}

void Turnstiles::drop_idle() {
  const std::scoped_lock lock(mutex_);
  erase_expired(turnstiles_);
}

}  // namespace faasta::gateway
