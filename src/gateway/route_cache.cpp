#include "gateway/route_cache.hpp"

namespace faasta::gateway {
namespace {

std::string key_of(std::string_view name, std::string_view label) {
  std::string key(name);
  if (!label.empty()) key.append("--").append(label);
  return key;
}

/// Whether the target must be looked up again. Only a few targets have a time, so the clock is seldom read.
bool is_stale(const Target& target) {
  return target.look_up_again != SteadyTime::max() && std::chrono::steady_clock::now() >= target.look_up_again;
}

}  // namespace

Result<std::shared_ptr<const Target>> RouteCache::find(std::string_view name, std::string_view label) {
  const std::string key = key_of(name, label);
  std::uint64_t changes = 0;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found != entries_.end() && !is_stale(*found->second.target)) {
      recent_.splice(recent_.begin(), recent_, found->second.used);
      found->second.used_in = sweeps_;
      return found->second.target;
    }
    if (found != entries_.end()) erase(found);
    changes = changes_of(name);
  }
  auto target = resolve_(name, label);
  if (!target || !*target) return target;
  const std::scoped_lock lock(mutex_);
  if (changes == changes_of(name)) insert(key, *target);
  return target;
}

void RouteCache::insert(const std::string& key, const std::shared_ptr<const Target>& target) {
  if (entries_.contains(key)) return;
  if (entries_.size() >= kMost) erase(entries_.find(recent_.back()));
  recent_.push_front(key);
  sorted_.insert(entries_.emplace(key, Entry{target, recent_.begin(), sweeps_}).first->first);
}

void RouteCache::erase(Entries::iterator entry) {
  recent_.erase(entry->second.used);
  sorted_.erase(entry->first);
  entries_.erase(entry);
}

std::uint64_t& RouteCache::changes_of(std::string_view name) {
  return changes_.at(std::hash<std::string_view>()(name) % changes_.size());
}

void RouteCache::forget(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  ++changes_of(name);
  if (const auto live = entries_.find(std::string(name)); live != entries_.end()) erase(live);
  const std::string versions = std::string(name) + "--";
  for (auto it = sorted_.lower_bound(versions); it != sorted_.end() && it->starts_with(versions);) {
    const std::string key(*it++);
    erase(entries_.find(key));
  }
}

void RouteCache::forget_all() {
  const std::scoped_lock lock(mutex_);
  for (std::uint64_t& count : changes_) ++count;
  sorted_.clear();
  entries_.clear();
  recent_.clear();
}

bool RouteCache::drop_idle() {
  const std::scoped_lock lock(mutex_);
  ++sweeps_;
  const std::size_t before = entries_.size();
  while (!recent_.empty() && entries_.find(recent_.back())->second.used_in + kIdleSweeps < sweeps_)
    erase(entries_.find(recent_.back()));
  return entries_.size() < before;
}

}  // namespace faasta::gateway
