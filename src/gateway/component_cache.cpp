#include "gateway/component_cache.hpp"

#include <utility>

namespace faasta::gateway {
namespace {

/// The memory of a loaded component that the engine does not count: the entries for it and, if it shares its code, the
/// image's mapping.
constexpr std::size_t kOverheadBytes = 4U << 10U;

}  // namespace

ComponentCache::Component ComponentCache::find(const Sha256& sha256) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(sha256);
  if (found == entries_.end()) return nullptr;
  return use(found->second);
}

ComponentCache::Component ComponentCache::use(Entry& entry) {
  recent_.splice(recent_.begin(), recent_, entry.used);
  entry.used_in = sweeps_;
  return entry.component;
}

ComponentCache::Component ComponentCache::keep(const Sha256& sha256, const Component& component, For use) {
  const std::scoped_lock lock(mutex_);
  // Another loop may have loaded the component in the meantime. Then the cache keeps the copy of that loop.
  if (const auto found = entries_.find(sha256); found != entries_.end()) return found->second.component;
  const std::size_t bytes = component->loaded_bytes() + kOverheadBytes;
  const auto over = [&] { return bytes_ + bytes > bounds_.bytes || entries_.size() >= bounds_.components; };
  for (std::size_t left = recent_.size(); left > 0 && over(); --left) evict_last();
  const auto place = recent_.insert(use == For::call ? recent_.begin() : recent_.end(), sha256);
  entries_.emplace(sha256, Entry{component, bytes, place, sweeps_});
  bytes_ += bytes;
  return component;
}

void ComponentCache::forget(const Sha256& sha256) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(sha256);
  if (found == entries_.end()) return;
  bytes_ -= found->second.bytes;
  recent_.erase(found->second.used);
  entries_.erase(found);
}

void ComponentCache::evict_last() {
  const auto oldest = entries_.find(recent_.back());
  // If a call uses this component, or other components use its code, evicting the component would not free its memory.
  if (oldest->second.component.use_count() > 1) {
    use(oldest->second);
    return;
  }
  ++evictions_;
  bytes_ -= oldest->second.bytes;
  evicted_.push_back(std::move(oldest->second.component));
  entries_.erase(oldest);
  recent_.pop_back();
}

void ComponentCache::make_room() {
  const std::scoped_lock lock(mutex_);
  const std::size_t before = evicted_.size();
  for (std::size_t left = recent_.size(); left > 0 && evicted_.size() < before + kEvictedAtOnce; --left) evict_last();
}

bool ComponentCache::has_many_evicted() const {
  const std::scoped_lock lock(mutex_);
  return evicted_.size() >= kEvictedAtOnce;
}

ComponentCache::Evicted ComponentCache::take_evicted() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(evicted_, {});
}

std::uint64_t ComponentCache::evictions() const {
  const std::scoped_lock lock(mutex_);
  return evictions_;
}

void ComponentCache::begin_sweep() {
  const std::scoped_lock lock(mutex_);
  ++sweeps_;
}

bool ComponentCache::evict_idle() {
  const std::scoped_lock lock(mutex_);
  const std::size_t before = evicted_.size();
  for (std::size_t left = recent_.size(); left > 0; --left) {
    if (evicted_.size() == before + kEvictedAtOnce) return true;
    if (entries_.find(recent_.back())->second.used_in + kIdleSweeps >= sweeps_) break;
    evict_last();
  }
  return false;
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
