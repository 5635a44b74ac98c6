#include "gateway/known_names.hpp"

#include <functional>
#include <utility>

#include "base/log.hpp"

namespace faasta::gateway {

KnownNames::Number KnownNames::number_of(std::string_view name) noexcept {
  return static_cast<Number>(std::hash<std::string_view>()(name));
}

bool KnownNames::should_look_up(std::string_view name) {
  const Number number = number_of(name);
  const std::scoped_lock lock(mutex_);
  return !complete_ || names_.contains(number) || !spare_.take(kSpare, std::chrono::steady_clock::now());
}

void KnownNames::add(std::string_view name) {
  const Number number = number_of(name);
  const std::scoped_lock lock(mutex_);
  names_.insert(number);
  if (reloads_) added_.push_back(number);
}

void KnownNames::note_missing(std::string_view name) {
  const Number number = number_of(name);
  const std::scoped_lock lock(mutex_);
  if (names_.contains(number)) stale_.store(true, std::memory_order_relaxed);
}

void KnownNames::reload() {
  const std::scoped_lock one_at_a_time(reload_mutex_);
  stale_.store(false, std::memory_order_relaxed);
  {
    const std::scoped_lock lock(mutex_);
    reloads_ = true;
  }
  Names names;
  const auto read = list_([&names](std::string_view name) { names.insert(number_of(name)); });
  if (!read) {
    log::warn("names_not_read", {{"cause", read.error().detail}});
    stale_.store(true, std::memory_order_relaxed);
  }
  names.rehash(0);
  const std::scoped_lock lock(mutex_);
  reloads_ = false;
  names.insert(added_.begin(), added_.end());
  added_ = {};
  if (read) names_ = std::move(names);
  complete_ = read.has_value();
}

std::size_t KnownNames::count() const {
  const std::scoped_lock lock(mutex_);
  return names_.size();
}

std::size_t KnownNames::bytes() const {
  const std::scoped_lock lock(mutex_);
  return names_.bucket_count() * (sizeof(Number) + 1);  // a byte of each is the set's own
}

}  // namespace faasta::gateway
