#include "gateway/route_cache.hpp"

namespace faasta::gateway {
namespace {

std::string key_of(std::string_view name, std::string_view label) {
  std::string key(name);
  if (!label.empty()) key.append("--").append(label);
  return key;
}

}  // namespace

Result<std::shared_ptr<const Target>> RouteCache::find(std::string_view name, std::string_view label) {
  const std::string key = key_of(name, label);
  std::uint64_t changes = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) {
      recent_.splice(recent_.begin(), recent_, found->second.used);
      found->second.used_in = sweeps_;
      return found->second.target;
    }
    changes = changes_;
  }
  auto target = resolve_(name, label);
  if (!target || !*target) return target;
  const std::scoped_lock lock(mutex_);
  if (changes == changes_) insert(key, *target);
  return target;
}

void RouteCache::insert(const std::string& key, const std::shared_ptr<const Target>& target) {
  if (entries_.contains(key)) return;
  if (entries_.size() >= kMost) erase(recent_.back());
  recent_.push_front(key);
  entries_.emplace(key, Entry{target, recent_.begin(), sweeps_});
}

void RouteCache::erase(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  const auto place = found->second.used;
  entries_.erase(found);
  recent_.erase(place);
}

void RouteCache::forget(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  ++changes_;
  const std::string versions = std::string(name) + "--";
  for (auto it = recent_.begin(); it != recent_.end();) {
    const std::string key = *it++;
    if (key == name || key.starts_with(versions)) erase(key);
  }
}

void RouteCache::forget_all() {
  const std::scoped_lock lock(mutex_);
  ++changes_;
  entries_.clear();
  recent_.clear();
}

bool RouteCache::drop_idle() {
  const std::scoped_lock lock(mutex_);
  ++sweeps_;
  const std::size_t before = entries_.size();
  while (!recent_.empty() && entries_.find(recent_.back())->second.used_in + kIdleSweeps < sweeps_)
    erase(recent_.back());
  return entries_.size() < before;
}

}  // namespace faasta::gateway
