#include "gateway/component_cache.hpp"

namespace faasta::gateway {
namespace {

/// What a loaded component costs beside its mapped image: metadata and registrations (performance reference 5.4).
constexpr std::size_t kOverheadBytes = 64U << 10U;
/// So many at a time are handed to the loader's thread, so that it is not woken for each.
constexpr std::size_t kEvictedAtOnce = 16;

}  // namespace

std::shared_ptr<const engine::Component> ComponentCache::find(const Sha256& sha256) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(sha256);
  if (found == entries_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second.used);
  return found->second.component;
}

Task<ComponentCache::Loaded> ComponentCache::load(Sha256 sha256, http::Exchange& exchange) {
  if (auto loaded = load_(sha256, true); !loaded || *loaded) {
    if (!loaded) co_return loaded;
    co_return keep(sha256, *loaded);
  }
  std::shared_ptr<Pending> pending;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = entries_.find(sha256); found != entries_.end()) co_return found->second.component;
    auto& slot = pending_[sha256];
    if (!slot) {
      slot = std::make_shared<Pending>();
      asio::post(loader_, [this, sha256, started = slot] { run(sha256, started); });
    }
    pending = slot;
    pending->waiting.push_back(exchange.waker());
  }
  while (!pending->done.load(std::memory_order_acquire)) {
    co_await exchange.wait();
    if (exchange.deadline_passed()) co_return fail(Code::wall_limit, "the function's code was not loaded in time");
  }
  co_return *pending->result;
}

void ComponentCache::run(const Sha256& sha256, const std::shared_ptr<Pending>& pending) {
  pending->result = load_(sha256, false);
  std::vector<WakeRef<>> waiting;
  {
    const std::scoped_lock lock(mutex_);
    if (*pending->result) pending->result = insert(sha256, **pending->result);
    pending_.erase(sha256);
    waiting.swap(pending->waiting);
  }
  pending->done.store(true, std::memory_order_release);
  for (const WakeRef<>& waker : waiting) waker->wake();
}

std::shared_ptr<const engine::Component> ComponentCache::insert(
    const Sha256& sha256, const std::shared_ptr<const engine::Component>& component) {
  // Another loop may have loaded it meanwhile; the first stays.
  if (const auto found = entries_.find(sha256); found != entries_.end()) return found->second.component;
  const std::size_t bytes = component->artifact_bytes() + kOverheadBytes;
  while (!recent_.empty() && bytes_ + bytes > most_bytes_) {
    const auto oldest = entries_.find(recent_.back());
    bytes_ -= oldest->second.bytes;
    evicted_.push_back(std::move(oldest->second.component));  // running calls keep it alive
    entries_.erase(oldest);
    recent_.pop_back();
  }
  if (evicted_.size() >= kEvictedAtOnce) {
    asio::post(loader_, [evicted = std::exchange(evicted_, {})]() mutable { evicted.clear(); });
  }
  recent_.push_front(sha256);
  entries_.emplace(sha256, Entry{component, bytes, recent_.begin()});
  bytes_ += bytes;
  return component;
}

std::shared_ptr<const engine::Component> ComponentCache::keep(
    const Sha256& sha256, const std::shared_ptr<const engine::Component>& component) {
  const std::scoped_lock lock(mutex_);
  return insert(sha256, component);
}

void ComponentCache::forget(const Sha256& sha256) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(sha256);
  if (found == entries_.end()) return;
  bytes_ -= found->second.bytes;
  recent_.erase(found->second.used);
  entries_.erase(found);
}

std::size_t ComponentCache::loaded() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

std::size_t ComponentCache::loaded_bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

}  // namespace faasta::gateway
