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

/// Limits how many components stay loaded, and how long after their last call.
struct LoadedBounds {
  std::size_t bytes = std::size_t{1} << 30U;
  std::size_t components = 10'000;
  std::chrono::milliseconds idle{60'000};
};

/// The loaded components, limited in bytes and in number. The least recently used component is evicted first. A
/// component that was not used for LoadedBounds::idle is always evicted. Functions with the same bytes share a
/// component. Any thread may use the cache. The cache calls no code of other parts of the server.
class ComponentCache {
 public:
  using Component = std::shared_ptr<const engine::Component>;
  /// Components that left the cache. Destroying a component takes about 10 us, and no call should wait for that.
  using Evicted = std::vector<Component>;

  explicit ComponentCache(const LoadedBounds& bounds) : bounds_(bounds) {}

  /// Null if the component is not loaded.
  [[nodiscard]] Component find(const Sha256& sha256);
  /// The reason for loading a component: a call waits for the component (`call`), or a call is only expected (`hope`).
  /// The cache evicts a component that was loaded for `hope` before it evicts others.
  enum class For : bool { hope, call };
  /// Adds a loaded component. If the cache already has a component with this digest, keeps and returns that component.
  Component keep(const Sha256& sha256, const Component& component, For use = For::call);
  void forget(const Sha256& sha256);
  /// Evicts some unused components, because the machine has no memory left.
  void make_room();

  /// When this many evicted components wait, the caller should wake a thread that destroys them.
  static constexpr std::size_t kEvictedAtOnce = 16;
  /// Whether at least kEvictedAtOnce components wait in take_evicted().
  [[nodiscard]] bool has_many_evicted() const;
  [[nodiscard]] Evicted take_evicted();
  /// How many components were evicted since the start.
  [[nodiscard]] std::uint64_t evictions() const;

  /// A component is idle after this many sweeps without use. So a sweep must begin in each quarter of
  /// LoadedBounds::idle.
  static constexpr std::uint64_t kIdleSweeps = 4;
  /// Begins a new sweep.
  void begin_sweep();
  /// Evicts idle components, at most kEvictedAtOnce. True if there may be more of them.
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
  /// Evicts the least recently used component. If a call or another component still uses this component, the cache
  /// keeps it and treats it as just used.
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
