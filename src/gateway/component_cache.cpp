#include "gateway/component_cache.hpp"

namespace faasta::gateway {
namespace {

/// What a loaded component costs beside what the engine counts: the entries that know of it, and of one that shares its
/// code, the image's mapping.
constexpr std::size_t kOverheadBytes = 4U << 10U;
/// So many at a time are handed to the loader's thread, so that it is not woken for each.
constexpr std::size_t kEvictedAtOnce = 16;

}  // namespace

ComponentCache::ComponentCache(Load load, const LoadedBounds& bounds, std::function<void(bool)> swept)
    : load_(std::move(load)), bounds_(bounds), swept_(std::move(swept)) {
  sweep_later();
}

ComponentCache::~ComponentCache() {
  loader_.stop();
  loader_.join();
}

std::shared_ptr<const engine::Component> ComponentCache::find(const Sha256& sha256) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(sha256);
  if (found == entries_.end()) return nullptr;
  return use(found->second);
}

std::shared_ptr<const engine::Component> ComponentCache::use(Entry& entry) {
  recent_.splice(recent_.begin(), recent_, entry.used);
  entry.used_in = sweeps_;
  return entry.component;
}

Task<ComponentCache::Loaded> ComponentCache::load(Sha256 sha256, http::Exchange& exchange) {
  if (!is_pending(sha256)) {
    auto loaded = load_(sha256, true);
    if (!loaded) co_return loaded;
    if (*loaded) co_return keep(sha256, *loaded);
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

bool ComponentCache::is_pending(const Sha256& sha256) const {
  const std::scoped_lock lock(mutex_);
  return pending_.contains(sha256);
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
  const std::size_t bytes = component->loaded_bytes() + kOverheadBytes;
  const auto over = [&] { return bytes_ + bytes > bounds_.bytes || entries_.size() >= bounds_.components; };
  for (std::size_t left = recent_.size(); left > 0 && over(); --left) evict_last(evicted_);
  if (evicted_.size() >= kEvictedAtOnce) {
    asio::post(loader_, [evicted = std::exchange(evicted_, {})]() mutable { evicted.clear(); });
  }
  recent_.push_front(sha256);
  entries_.emplace(sha256, Entry{component, bytes, recent_.begin(), sweeps_});
  bytes_ += bytes;
  return component;
}

std::shared_ptr<const engine::Component> ComponentCache::keep(
    const Sha256& sha256, const std::shared_ptr<const engine::Component>& component) {
  const std::scoped_lock lock(mutex_);
  return insert(sha256, component);
}

void ComponentCache::evict_last(Evicted& evicted) {
  const auto oldest = entries_.find(recent_.back());
  // By a call, or by other components as their code: its memory would not come back.
  if (oldest->second.component.use_count() > 1) {
    use(oldest->second);
    return;
  }
  dropped_ = true;
  bytes_ -= oldest->second.bytes;
  evicted.push_back(std::move(oldest->second.component));
  entries_.erase(oldest);
  recent_.pop_back();
}

void ComponentCache::make_room() {
  Evicted evicted;
  const std::scoped_lock lock(mutex_);
  for (std::size_t left = recent_.size(); left > 0 && evicted.size() < kEvictedAtOnce; --left) evict_last(evicted);
  asio::post(loader_, [gone = std::move(evicted)]() mutable { gone.clear(); });
}

void ComponentCache::sweep_later() {
  timer_.expires_after(bounds_.idle / static_cast<int>(kIdleSweeps));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    {
      const std::scoped_lock lock(mutex_);
      ++sweeps_;
    }
    sweep();
  });
}

void ComponentCache::sweep() {
  Evicted evicted;
  bool dropped = false;
  {
    const std::scoped_lock lock(mutex_);
    // What was evicted to make room and waits for more to go with.
    evicted.swap(evicted_);
    for (std::size_t left = recent_.size(); left > 0 && evicted.size() < kEvictedAtOnce; --left) {
      if (entries_.find(recent_.back())->second.used_in + kIdleSweeps >= sweeps_) break;
      evict_last(evicted);
    }
    if (evicted.size() < kEvictedAtOnce) dropped = std::exchange(dropped_, false);
  }
  const bool more = evicted.size() >= kEvictedAtOnce;
  evicted.clear();
  if (more) return asio::post(loader_, [this] { sweep(); });  // in between others may load
  swept_(dropped);
  sweep_later();
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
