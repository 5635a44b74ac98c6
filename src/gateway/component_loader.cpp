#include "gateway/component_loader.hpp"

#include <utility>

namespace faasta::gateway {

ComponentLoader::~ComponentLoader() {
  thread_.stop();
  thread_.join();
}

Task<ComponentLoader::Loaded> ComponentLoader::get(Sha256 sha256, OwnerId owner, http::Exchange& exchange, bool& cold) {
  if (auto component = cache_.find(sha256)) {
    cold = false;
    co_return component;
  }
  cold = true;
  Loaded loaded = co_await load(sha256, owner, exchange);
  if (loaded || !is_rebuild_under_way(loaded.error())) co_return loaded;
  // The rebuild may have ended since the look. So this call first joins the waiting calls, and then looks again.
  const std::shared_ptr<Rebuild> rebuild = join_rebuild(sha256, exchange.waker());
  if (!rebuild) co_return loaded;
  const WaitingForRebuild counted(waiting_for_rebuild_);
  loaded = co_await load(sha256, owner, exchange);
  if (loaded || !is_rebuild_under_way(loaded.error())) {
    end_rebuild(sha256);
    co_return loaded;
  }
  while (!rebuild->done.load(std::memory_order_acquire)) {
    if (exchange.deadline_passed() || exchange.client_gone()) co_return loaded;
    co_await exchange.wait();
  }
  co_return co_await load(sha256, owner, exchange);
}

Task<ComponentLoader::Loaded> ComponentLoader::load(const Sha256& sha256, OwnerId owner, http::Exchange& exchange) {
  if (!pending(sha256)) {
    auto loaded = load_(sha256, true);
    if (loaded && *loaded) loaded = cache_.keep(sha256, *loaded);
    if (!loaded || cache_.has_many_evicted()) take_evicted_down();
    if (!loaded || *loaded) co_return loaded;
  }
  const auto load = join_or_start(sha256, owner, exchange.waker());
  while (!load->done.load(std::memory_order_acquire)) {
    co_await exchange.wait();
    if (exchange.deadline_passed()) co_return fail(Code::wall_limit, "the function's code was not loaded in time");
  }
  co_return *load->result;
}

std::shared_ptr<ComponentLoader::Rebuild> ComponentLoader::join_rebuild(const Sha256& sha256, WakeRef<> waker) {
  if (waiting_for_rebuild_.load(std::memory_order_relaxed) >= kMostWaitForRebuilds) return nullptr;
  const std::scoped_lock lock(mutex_);
  auto& slot = rebuilds_[sha256];
  if (!slot) slot = std::make_shared<Rebuild>();
  slot->waiting.push_back(std::move(waker));
  return slot;
}

void ComponentLoader::prefetch(const Sha256& sha256, OwnerId owner) {
  if (!cache_.find(sha256)) static_cast<void>(join_or_start(sha256, owner, {}));
}

std::shared_ptr<ComponentLoader::Pending> ComponentLoader::pending(const Sha256& sha256) {
  const std::scoped_lock lock(mutex_);
  const auto found = pending_.find(sha256);
  return found == pending_.end() ? nullptr : found->second;
}

std::shared_ptr<ComponentLoader::Pending> ComponentLoader::join_or_start(const Sha256& sha256, OwnerId owner,
                                                                         WakeRef<> waker) {
  const std::scoped_lock lock(mutex_);
  auto& slot = pending_[sha256];
  if (!slot) {
    slot = std::make_shared<Pending>();
    queue_.add(owner, {sha256, slot});
    asio::post(thread_, [this] { run_next(); });
  }
  if (waker) slot->waiting.push_back(std::move(waker));
  return slot;
}

void ComponentLoader::run_next() {
  std::unique_lock lock(mutex_);
  const auto next = queue_.next();
  lock.unlock();
  if (next) run(next->first, next->second);
}

void ComponentLoader::run(const Sha256& sha256, const std::shared_ptr<Pending>& pending) {
  // The component may have been loaded after the caller checked the cache. Then there is nothing to do.
  auto known = cache_.find(sha256);
  pending->result = known ? Loaded(std::move(known)) : load_(sha256, false);
  std::vector<WakeRef<>> waiting;
  {
    const std::scoped_lock lock(mutex_);
    const auto use = pending->waiting.empty() ? ComponentCache::For::hope : ComponentCache::For::call;
    if (*pending->result && !pending->outdated) pending->result = cache_.keep(sha256, **pending->result, use);
    if (const auto found = pending_.find(sha256); found != pending_.end() && found->second == pending)
      pending_.erase(found);
    waiting.swap(pending->waiting);
  }
  pending->done.store(true, std::memory_order_release);
  for (const WakeRef<>& waker : waiting) waker->wake();
  if (!*pending->result || cache_.has_many_evicted()) static_cast<void>(cache_.take_evicted());
}

void ComponentLoader::forget(const Sha256& sha256) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = pending_.find(sha256); found != pending_.end()) {
      found->second->outdated = true;
      pending_.erase(found);
    }
    cache_.forget(sha256);
  }
  end_rebuild(sha256);
}

void ComponentLoader::end_rebuild(const Sha256& sha256) {
  std::vector<WakeRef<>> waiting;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = rebuilds_.find(sha256); found != rebuilds_.end()) {
      waiting.swap(found->second->waiting);
      found->second->done.store(true, std::memory_order_release);
      rebuilds_.erase(found);
    }
  }
  for (const WakeRef<>& waker : waiting) waker->wake();
}

void ComponentLoader::take_evicted_down() {
  asio::post(thread_, [evicted = cache_.take_evicted()]() mutable { evicted.clear(); });
}

}  // namespace faasta::gateway
