#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/sha256.hpp"
#include "engine/component.hpp"

namespace faasta::gateway {

/// How much stays loaded, and for how long without a call.
struct LoadedBounds {
  std::size_t bytes = std::size_t{1} << 30U;
  std::size_t components = 10'000;
  std::chrono::milliseconds idle{60'000};
};

/// The loaded components, bounded by bytes and number. The one that was not used for longest is evicted first, and one
/// that was not used for long is evicted anyway. Functions with the same bytes share one. Any thread. It calls nobody.
class ComponentCache {
 public:
  using Component = std::shared_ptr<const engine::Component>;
  /// Components that left the cache. Their destruction takes some 10 us each, for which no call should wait.
  using Evicted = std::vector<Component>;

  explicit ComponentCache(const LoadedBounds& bounds) : bounds_(bounds) {}

  /// Null if it is not loaded.
  [[nodiscard]] Component find(const Sha256& sha256);
  /// Adds a component that was loaded. If another one is there already, that stays, and comes back.
  Component keep(const Sha256& sha256, const Component& component);
  void forget(const Sha256& sha256);
  /// Evicts some that are not being used: the machine has no room for more.
  void make_room();

  /// This many evictions at a time are worth a thread's waking up to take them down.
  static constexpr std::size_t kEvictedAtOnce = 16;
  /// Whether that many wait in take_evicted().
  [[nodiscard]] bool has_many_evicted() const;
  [[nodiscard]] Evicted take_evicted();
  /// How many were evicted since the start.
  [[nodiscard]] std::uint64_t evictions() const;

  /// A component is idle when this many sweeps in a row saw it unused. So there are four in the time of `idle`.
  static constexpr std::uint64_t kIdleSweeps = 4;
  /// A new sweep begins.
  void begin_sweep();
  /// Evicts the idle ones, at most kEvictedAtOnce. True if there may be more.
  [[nodiscard]] bool evict_idle();

  [[nodiscard]] std::size_t loaded() const;
  [[nodiscard]] std::size_t loaded_bytes() const;

 private:
  struct Entry {
    Component component;
    std::size_t bytes = 0;
    std::list<Sha256>::iterator used;
    std::uint64_t used_in = 0;  ///< `sweeps_` at the last use
  };

  Component use(Entry& entry);
  /// Takes the one out that was not used for longest, unless a call or another component uses it: then that counts as
  /// a use.
  void evict_last();

  const LoadedBounds bounds_;
  mutable std::mutex mutex_;
  std::unordered_map<Sha256, Entry, Sha256Hash> entries_;
  std::list<Sha256> recent_;
  std::size_t bytes_ = 0;
  Evicted evicted_;
  std::uint64_t evictions_ = 0;
  std::uint64_t sweeps_ = 0;
};

}  // namespace faasta::gateway
